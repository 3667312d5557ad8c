import { z } from 'zod'
import { TeamchatError } from '../errors.js'
import type { PersonResult } from './report.js'
import { readStateFile, writeStateFile } from './state.js'

const resultSchema = z.object({
  accountId: z.string(),
  login: z.string(),
  /** created, adopted, joined, failed, refused … */
  state: z.string(),
  /** In words, without secrets. */
  reason: z.string(),
  /** What to do; '' for nothing. */
  hint: z.string(),
  /** ISO 8601. */
  at: z.string(),
})

const fileSchema = z.object({ version: z.literal(1), results: z.array(resultSchema) })

/** What was last done for a person, or why it could not be done. */
export type StoredResult = z.output<typeof resultSchema>

/** Of those for whom all is well the latest are kept; written anew by each run that did something. */
const GOOD_ONES = 5_000

/** The last result for each person. Whoever is merely left as they are keeps the one they have. */
export class ResultStore {
  readonly #path: string
  readonly #root: string

  constructor(paths: { root: string; resultsFile: string }) {
    this.#path = paths.resultsFile
    this.#root = paths.root
  }

  /** By login in byte order. Throws `state.unreadable`. */
  async all(): Promise<StoredResult[]> {
    const file = await readStateFile(
      this.#path,
      fileSchema,
      'the next run that does something begins it anew',
    )
    return (file?.results ?? []).sort((a, b) => Buffer.compare(Buffer.from(a.login), Buffer.from(b.login)))
  }

  /**
   * Keeps what a run came to; nothing is written where nothing changes. One caller at a time. Nothing depends on what
   * was kept: where that cannot be read it is begun anew, and the reason given.
   */
  async record(results: PersonResult[], at: Date): Promise<TeamchatError | undefined> {
    if (results.length === 0) return undefined
    const before = await this.all().catch(lostResults)
    const lost = before instanceof TeamchatError ? before : undefined
    const kept = new Map((before instanceof TeamchatError ? [] : before).map(one => [one.accountId, one]))
    let changed = lost !== undefined
    for (const result of results) {
      const id = result.decision.accountId
      const before = kept.get(id)
      const now = storedResult(result, at)
      if (now !== undefined && !isSame(before, now)) kept.set(id, now)
      else if (now !== undefined || !isTrouble(before) || !kept.delete(id)) continue
      changed = true
    }
    if (!changed) return undefined
    const lines = bounded([...kept.values()]).map(result => `    ${JSON.stringify(result)}`)
    await writeStateFile(
      this.#path,
      this.#root,
      `{\n  "version": 1,\n  "results": [\n${lines.join(',\n')}\n  ]\n}\n`,
    )
    return lost
  }
}

function lostResults(error: unknown): TeamchatError {
  if (error instanceof TeamchatError && error.code === 'state.unreadable') return error
  throw error
}

/** True where somebody has to look. */
function isTrouble(result: Pick<StoredResult, 'state'> | undefined): boolean {
  return result !== undefined && (result.state === 'failed' || result.state === 'refused')
}

/** undefined: left as they are, and that is well. */
function storedResult(result: PersonResult, at: Date): StoredResult | undefined {
  const { accountId, login, reason } = result.decision
  const person = { accountId, login, at: at.toISOString() }
  if (result.state === 'skipped') return undefined
  if (result.state === 'failed')
    return { ...person, state: 'failed', reason: result.reason, hint: result.hint }
  if (result.state === 'created' && result.problem !== undefined) {
    return { ...person, state: 'failed', reason: `created, but ${result.problem}`, hint: '' }
  }
  return { ...person, state: result.state, reason, hint: '' }
}

/** The same trouble, or the same wait, keeps the time at which it was first seen. */
function isSame(before: StoredResult | undefined, now: StoredResult): boolean {
  return (
    (isTrouble(now) || now.state === 'held') && before?.state === now.state && before.reason === now.reason
  )
}

function bounded(results: StoredResult[]): StoredResult[] {
  const good = results.filter(result => !isTrouble(result)).sort((a, b) => (a.at < b.at ? 1 : -1))
  const tooOld = new Set(good.slice(GOOD_ONES))
  return results.filter(result => !tooOld.has(result))
}
