import { type ApiClient, connectApi } from '../../api/client.js'
import type { EventReport } from '../../api/contract/service.js'
import { asTeamchatError, exitStatus, TeamchatError } from '../../errors.js'
import { checkEvent, readHooks } from '../../events/hooks.js'
import { Spool } from '../../events/spool.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import type { CommandContext } from '../context.js'
import { entryLines } from '../help.js'
import { writeLines } from '../io.js'
import { writeJson } from '../json-output.js'

/** After so long the command stops waiting, and the daemon finishes the event by itself. */
const WAIT_MS = 30_000

/** 0 done or queued, 1 failed, 64 for an event without hooks. */
export const command = defineCommand({
  name: 'signal-event',
  synopsis: ['[--no-wait] [--json] NAME [ARGUMENT...]'],
  summary: 'fires an event, for example user-create pluto',
  description: [
    'The event is on disk before the command prints its id, also while the daemon is down. Then the command waits for the outcome, at most 30 s. Exit status: 0 done or queued, 1 failed, 64 no hook handles the event.',
  ],
  options: { noWait: { text: 'do not wait for the outcome' }, json: JSON_OPTION },
  operands: {
    name: { shown: 'NAME', count: 'optional' },
    args: { shown: 'ARGUMENT', count: 'any' },
  },
  examples: [
    { run: 'teamchat signal-event user-create pluto', text: 'Sync one person now.' },
    { run: 'teamchat signal-event --no-wait user-delete pluto', text: 'Queue the event and return at once.' },
  ],
  async moreHelp({ paths }) {
    const hooks = [...(await readHooks(paths))]
    const entries = hooks.map(([event, list]): [string, string] => [
      event,
      list.map(hook => hook.description).join('; '),
    ])
    return ['events:', ...entryLines(entries)]
  },
  async run(context, { options, operands }) {
    const { name = '', args } = operands
    checkEvent(name, args, await readHooks(context.paths))
    const event = await queue(context, name, args)
    if (!options.json) await writeLines(context.io.stdout, [event.id])
    const report = await outcomeOf(context, event.id, !options.noWait)
    if (options.json) await writeJson(context.io.stdout, { id: event.id, ...report }, 0)
    else await printReport(context, report)
    return report.state === 'failed' ? exitStatus.failed : exitStatus.done
  },
})

async function queue({ paths }: CommandContext, name: string, args: string[]) {
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
      hint: 'the event is not queued: correct the cause, then fire it again',
      cause: error,
    })
  }
}

const LATER = 'teamchatd handles it once it runs'

type Known = Pick<EventReport, 'state' | 'message' | 'hint'>

async function outcomeOf(context: CommandContext, id: string, wait: boolean): Promise<Known> {
  const api = await connectApi(context.paths, context.version)
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
    // It stopped while we waited; the event is on disk.
    return { state: 'queued', message: 'queued: the daemon has stopped meanwhile', hint: LATER }
  } finally {
    await api.close()
  }
}

async function waitFor(api: ApiClient, id: string): Promise<Known> {
  const report = await api.eventReport({ id, wait: WAIT_MS }).catch(error => {
    if (error instanceof TeamchatError && error.code === 'event.unknown') return undefined
    throw error
  })
  if (report === undefined) return { state: 'queued', message: 'queued', hint: '' }
  if (report.state !== 'queued' && report.state !== 'look-again') return report
  return { ...report, hint: report.hint || 'the daemon is still working on it: teamchat status' }
}

async function printReport({ io }: CommandContext, report: Known): Promise<void> {
  const stream = report.state === 'done' || report.state === 'queued' ? io.stdout : io.stderr
  await writeLines(stream, [report.message, ...(report.hint === '' ? [] : [`  ${report.hint}`])])
}
