import { exitStatus } from '../../errors.js'
import { pauseText } from '../../events/pause.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import { show } from '../json-output.js'

export const command = defineCommand({
  name: 'resume',
  summary: 'ends a pause and catches up at once',
  description: ['Everything that has happened meanwhile is handled.'],
  options: { json: JSON_OPTION },
  examples: [{ run: 'teamchat resume', text: 'Go on after an upgrade.' }],
  async run(context, { options }) {
    const [pause, through] = await operate(
      context,
      'writes',
      async (operations, through) => [(await operations.resume()).pause, through] as const,
    )
    const next =
      through === 'daemon'
        ? 'the daemon catches up now: teamchat status'
        : 'the daemon is not running; it catches up when it starts: systemctl start teamchatd'
    const lines =
      pause === undefined
        ? ['nothing to do: teamchatd is not paused']
        : [`no longer ${pauseText(pause)}`, `  ${next}`]
    await show(context, options, { pause: pause ?? null }, lines)
    return exitStatus.done
  },
})
