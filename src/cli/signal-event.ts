import { asTeamchatError, type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import { checkEvent, readHooks } from '../events/hooks.js'
import { Spool } from '../events/spool.js'
import type { EventReport } from '../events/types.js'
import { type ApiClient, connectApi } from './api.js'
import { type Surroundings, writeLines } from './io.js'

/** The daemon is given so long to finish an event before the command leaves it to it. */
const WAIT_MS = 30_000

export interface SignalOptions {
  args: string[]
  wait: boolean
  json: boolean
}

/**
 * `teamchat signal-event NAME [ARG…]`: the event is on disk before anything is said; then its outcome is waited for
 * while the daemon lives. 0 done or queued, 1 failed, 64 for an event without hooks.
 */
export async function runSignalEvent(around: Surroundings, options: SignalOptions): Promise<ExitStatus> {
  const [name = '', ...args] = options.args
  checkEvent(name, args, await readHooks(around.paths))
  const event = await queue(around, name, args)
  if (!options.json) await writeLines(around.io.stdout, [event.id])
  const report = await outcomeOf(around, event.id, options.wait)
  if (options.json) await writeLines(around.io.stdout, [JSON.stringify({ id: event.id, ...report })])
  else await tell(around, report)
  return report.state === 'failed' ? exitStatus.failed : exitStatus.done
}

/** `teamchat signal-event --help` names what can be fired. */
export async function knownEvents(around: Surroundings): Promise<string[]> {
  const hooks = await readHooks(around.paths)
  const { entryLines } = await import('./help.js')
  return entryLines([...hooks].map(([event, list]) => [event, list.map(hook => hook.description).join('; ')]))
}

async function queue({ paths }: Surroundings, name: string, args: string[]) {
  const spool = new Spool(paths.spoolFolder, paths.root)
  try {
    await spool.open()
    return await spool.put(name, args)
  } catch (error) {
    const codes = [error, (error as Error).cause].map(one => (one as NodeJS.ErrnoException | undefined)?.code)
    if (codes.some(code => code === 'EACCES' || code === 'EPERM'))
      throw new TeamchatError('notAllowed', 'cannot fire an event: the spool is for root alone', {
        cause: error,
      })
    const known = asTeamchatError(error, 'files.write', `queue the event below ${paths.spoolFolder}`)
    throw new TeamchatError(known.code, known.message, {
      hint: 'the event is not queued: mend that, then fire it again',
      cause: error,
    })
  }
}

const LATER = 'it is dealt with once teamchatd runs'

type Known = Pick<EventReport, 'state' | 'message' | 'hint'>

async function outcomeOf(around: Surroundings, id: string, wait: boolean): Promise<Known> {
  const api = await connectApi(around.paths)
  if (api === undefined) {
    return {
      state: 'queued',
      message: 'queued: the daemon is not running',
      hint: LATER,
    }
  }
  try {
    await api.lookAtSpool()
    if (!wait) return { state: 'queued', message: 'queued', hint: '' }
    return await waitFor(api, id)
  } catch (error) {
    if (error instanceof TeamchatError) throw error
    // It stopped, or was stopped, while we waited; the event is on disk.
    return { state: 'queued', message: 'queued: the daemon has gone meanwhile', hint: LATER }
  } finally {
    await api.close()
  }
}

async function waitFor(api: ApiClient, id: string): Promise<Known> {
  const report = await api.eventReport(id, WAIT_MS)
  if (report === undefined) return { state: 'queued', message: 'queued', hint: '' }
  if (report.state !== 'queued' && report.state !== 'look-again') return report
  return { ...report, hint: report.hint || 'the daemon goes on with it: teamchat status' }
}

async function tell({ io }: Surroundings, report: Known): Promise<void> {
  const stream = report.state === 'done' || report.state === 'queued' ? io.stdout : io.stderr
  await writeLines(stream, [report.message, ...(report.hint === '' ? [] : [`  ${report.hint}`])])
}
