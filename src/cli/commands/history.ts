import type { History, HistoryEntry } from '../../api/contract/history.js'
import { exitStatus } from '../../errors.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import type { CommandContext } from '../context.js'
import { painter } from '../io.js'
import { show } from '../json-output.js'

/** Every generation that is kept, the newest last. */
export const command = defineCommand({
  name: 'history',
  summary: 'lists the generations that were applied',
  description: [
    'Each with number, time, DB revision, cause, and what changed. teamchatd HistoryKeep says how many are kept; generation 0, the originals of the site, is kept for ever. The newest one and the one that a rollback holds are marked.',
  ],
  options: { json: JSON_OPTION },
  examples: [{ run: 'teamchat history', text: 'List the generations.' }],
  async run(context, { options }) {
    const history = await operate(context, 'reads', operations => operations.history())
    await show(context, options, history, historyLines(history, context))
    return exitStatus.done
  },
})

function historyLines(history: History, context: CommandContext): string[] {
  const paint = painter(context.io.stdout, context.io.env)
  const { entries, unreadable, pin } = history
  if (entries.length === 0 && unreadable.length === 0) return ['nothing has been applied yet']
  const width = Math.max(...entries.map(entry => String(entry.number).length), 1)
  const lines = entries.map(entry => {
    const [first = 'no file changed', ...others] = entry.changes
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`
    const marks = [entry.newest ? 'newest' : '', entry.pinned ? 'pinned' : ''].filter(mark => mark !== '')
    const mark = marks.length === 0 ? '' : ` ${paint('yellow', `[${marks.join(', ')}]`)}`
    return `${String(entry.number).padStart(width)}  ${entry.at}  ${revisionOf(entry)}  ${causeOf(entry)}${mark}  ${first}${more}`
  })
  return [
    ...lines,
    ...unreadable.map(({ number, reason }) => `${String(number).padStart(width)}  ${paint('red', reason)}`),
    ...(pin === undefined
      ? []
      : [
          `the rollback to generation ${pin.generation} is in force since ${pin.since}; teamchat rollback --release ends it`,
        ]),
  ]
}

function revisionOf({ revision }: HistoryEntry): string {
  return revision === '' ? '-'.padEnd(8) : revision.slice(0, 8).padEnd(8)
}

function causeOf({ cause, restored }: HistoryEntry): string {
  return restored === undefined ? cause : `${cause} to ${restored}`
}
