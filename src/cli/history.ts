import { type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import type { DiffOutcome, History, HistoryEntry } from '../stories/history-operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { diffLines } from './diff-lines.js'
import { painter, type Surroundings, writeLines } from './io.js'
import { outcomeLines, planLines } from './settings.js'

/** `teamchat history [--json]`: every applied set that is kept, the newest last. */
export async function runHistory(around: Surroundings, open: OpenHouse, json: boolean): Promise<ExitStatus> {
  const history = await withOperations(around.paths, open, 'reads', operations => operations.history())
  await print(around, json, history, historyLines(history, around))
  return exitStatus.done
}

/** `teamchat diff [N] [M]`: 0 nothing differs, 2 something does. */
export async function runDiff(
  around: Surroundings,
  open: OpenHouse,
  options: { numbers: string[]; json: boolean },
): Promise<ExitStatus> {
  const [from, to] = options.numbers.map(generationNumber)
  const outcome = await withOperations(around.paths, open, 'reads', operations =>
    operations.diff({ from, to }),
  )
  await print(around, options.json, outcome, outcomeOfDiff(outcome, around))
  return outcome.files.length === 0 ? exitStatus.done : exitStatus.changesPending
}

/** `teamchat rollback N [--dry-run]` and `teamchat rollback --release`. */
export async function runRollback(
  around: Surroundings,
  open: OpenHouse,
  options: { numbers: string[]; dryRun: boolean; release: boolean; json: boolean },
): Promise<ExitStatus> {
  const { numbers, dryRun, release, json } = options
  const [text, ...more] = numbers
  if (release ? numbers.length > 0 || dryRun : text === undefined || more.length > 0) {
    throw new TeamchatError('usage', 'cannot roll back: say which generation, or --release alone', {
      hint: 'usage: teamchat rollback N [--dry-run] [--json]; teamchat rollback --release; teamchat history lists them',
    })
  }
  const to = generationNumber(text ?? '0')
  if (dryRun) {
    const plan = await withOperations(around.paths, open, 'reads', operations => operations.planRollback(to))
    await print(around, json, plan, planLines(plan, around, { diff: true }))
    return plan.files.length + plan.actions.length === 0 ? exitStatus.done : exitStatus.changesPending
  }
  const outcome = await withOperations(around.paths, open, 'writes', operations =>
    release ? operations.releaseRollback() : operations.rollback(to),
  )
  const said = release
    ? []
    : [
        `generation ${to} is in force again, until a property that concerns it changes`,
        '  teamchat rollback --release lets the DB count again at once',
      ]
  await print(around, json, outcome, [...outcomeLines(outcome, around), ...said])
  return exitStatus.done
}

function generationNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new TeamchatError('usage', `cannot understand ${JSON.stringify(text)} as a generation`, {
    hint: 'it is a number: teamchat history lists them',
  })
}

async function print(around: Surroundings, json: boolean, value: object, lines: string[]): Promise<void> {
  await writeLines(around.io.stdout, json ? [JSON.stringify(value, undefined, 2)] : lines)
}

function historyLines(history: History, around: Surroundings): string[] {
  const paint = painter(around.io.stdout, around.io.env)
  const { entries, unreadable, pin } = history
  if (entries.length === 0 && unreadable.length === 0) return ['nothing has been applied yet']
  const width = Math.max(...entries.map(entry => String(entry.number).length), 1)
  const lines = entries.map(entry => {
    const [first = 'nothing of a file', ...others] = entry.changes
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

function outcomeOfDiff(outcome: DiffOutcome, around: Surroundings): string[] {
  const lines = outcome.files.flatMap(file => diffLines(file.diff, around))
  const notes = outcome.notes.map(note => `note: ${note}`)
  if (outcome.files.length > 0) return [...lines, ...notes]
  return [
    `nothing differs between ${outcome.from} and ${outcome.to === 'live' ? 'what is live' : outcome.to}`,
    ...notes,
  ]
}
