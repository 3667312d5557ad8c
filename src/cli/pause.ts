import { type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import { pauseText } from '../events/pause.js'
import { type OpenHouse, withOperations } from './connect.js'
import { parseDuration } from './duration.js'
import { type Surroundings, writeLines } from './io.js'

/** `teamchat pause [--for DURATION] REASON`: returns once nothing is under way any more. */
export async function runPause(
  around: Surroundings,
  open: OpenHouse,
  options: { words: string[]; duration: string | undefined; json: boolean },
): Promise<ExitStatus> {
  const reason = options.words.join(' ').trim()
  if (reason === '') {
    throw new TeamchatError('usage', 'cannot pause: the reason is missing', {
      hint: 'say why, for whoever finds it paused: teamchat pause --for 2h upgrade of PostgreSQL',
    })
  }
  const forMs = options.duration === undefined ? undefined : parseDuration(options.duration)
  const pause = await withOperations(around.paths, open, 'writes', operations =>
    operations.pause({ reason, forMs }),
  )
  const text = [pauseText(pause), '  events are kept; teamchat resume goes on and catches up']
  await writeLines(around.io.stdout, options.json ? [JSON.stringify({ pause }, undefined, 2)] : text)
  return exitStatus.done
}

/** `teamchat resume`: ends the pause; the daemon catches up at once. */
export async function runResume(around: Surroundings, open: OpenHouse, json: boolean): Promise<ExitStatus> {
  const { pause, through } = await withOperations(
    around.paths,
    open,
    'writes',
    async (operations, through) => ({
      pause: await operations.resume(),
      through,
    }),
  )
  const next =
    through === 'daemon'
      ? 'the daemon catches up now: teamchat status'
      : 'the daemon is not running; it catches up when it starts: systemctl start teamchatd'
  const text =
    pause === undefined ? ['nothing to do: it is not paused'] : [`no longer ${pauseText(pause)}`, `  ${next}`]
  await writeLines(around.io.stdout, json ? [JSON.stringify({ pause: pause ?? null }, undefined, 2)] : text)
  return exitStatus.done
}
