import { type ExitStatus, exitStatus } from '../errors.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, writeLines } from './io.js'

/** `teamchat users accept-host`: what was another than before, and that it counts from now on. */
export async function runAcceptHost(
  around: Surroundings,
  open: OpenHouse,
  options: { json: boolean },
): Promise<ExitStatus> {
  const outcome = await withOperations(around.paths, open, 'writes', operations => operations.acceptHost())
  const { differences } = outcome
  const text =
    differences.length === 0
      ? ['nothing to do: it is the host that is known']
      : [
          ...differences,
          'from now on this is the host: people are changed again; teamchat users plan shows what comes',
        ]
  await writeLines(around.io.stdout, options.json ? [JSON.stringify(outcome, undefined, 2)] : text)
  return exitStatus.done
}
