import { TeamchatError } from '../errors.js'
import type { StoredCredential } from './credentials.js'
import { InOrder } from './in-order.js'
import {
  adoptPerson,
  createPerson,
  joinPerson,
  type PersonContext,
  personFailure,
  promoteIfNobody,
} from './person.js'
import type { Decision } from './plan.js'
import { Slots } from './slots.js'

type Create = Extract<Decision, { kind: 'create' }>
type Join = Extract<Decision, { kind: 'join' }>

/** What came of one decision. */
export type PersonResult =
  | {
      state: 'created'
      decision: Create
      credential: StoredCredential
      /** Administrator of Mattermost now, as the first one. */
      administrator: boolean
      /** What could not be done after the creation (team, administrator). */
      problem: string | undefined
    }
  | { state: 'adopted' | 'joined' | 'skipped' | 'refused'; decision: Decision }
  | {
      state: 'failed'
      decision: Decision
      reason: string
      hint: string
      limit: boolean
      serverFault: boolean
    }

export interface RunContext extends PersonContext {
  /** undefined: nobody is put into a team. */
  teamId: string | undefined
  /**
   * The first creation stands alone and is followed by a look for administrators: Mattermost decides without a lock
   * whether an account is the first one, and so the administrator.
   */
  firstBecomesAdministrator: boolean
  /** Creating costs a password hash: one more at a time than cores reaches the ceiling. */
  cores: number
  signal: AbortSignal | undefined
}

/** After a stop, requests that are under way get so long before they are cut. */
const GRACE_MS = 1500

/**
 * Acts on the decisions and tells each result, in their order, as soon as all before it are known. One person's
 * failure stops nobody else. Throws, after everything known was told, where no further person can succeed (server
 * gone, disk full, `onResult` failed) and where `signal` stopped it.
 */
export async function runDecisions(
  decisions: Decision[],
  context: RunContext,
  onResult: (result: PersonResult) => Promise<void>,
): Promise<void> {
  const grace = withGrace(context)
  try {
    await new Run(grace.context, new InOrder(onResult)).all(decisions)
  } finally {
    grace.end()
  }
}

class Run {
  readonly #context: RunContext
  readonly #order: InOrder<PersonResult>
  /** Passwords and links go to the disk for some while the server works for others. */
  readonly #people: Slots
  readonly #creations: Slots
  readonly #joins: Slots
  #firstIsAhead: boolean
  #end: unknown

  constructor(context: RunContext, order: InOrder<PersonResult>) {
    this.#context = context
    this.#order = order
    this.#people = new Slots(4 * (context.cores + 1))
    this.#creations = new Slots(context.cores + 1)
    this.#joins = new Slots(context.cores + 1)
    this.#firstIsAhead = context.firstBecomesAdministrator
  }

  async all(decisions: Decision[]): Promise<void> {
    const under = new Set<Promise<void>>()
    for (const [number, decision] of decisions.entries()) {
      if (await this.#isOver()) break
      if (decision.kind === 'create' && !this.#firstIsAhead) {
        await this.#people.enter()
        const work = this.#one(decision).then(result => {
          if (result !== undefined) this.#order.set(number, result)
          under.delete(work)
          this.#people.leave()
        })
        under.add(work)
      } else {
        const result = await this.#one(decision)
        if (result !== undefined) this.#order.set(number, result)
      }
    }
    await Promise.all(under)
    await this.#order.finish()
    if (this.#end !== undefined) throw this.#end
    if (this.#context.signal?.aborted === true) {
      throw new TeamchatError('failed', 'cannot finish the run: it was stopped', {
        hint: 'what is done stays; the next run goes on from there',
      })
    }
  }

  async #isOver(): Promise<boolean> {
    // Signals and sockets get their turn between two people who need no request.
    await new Promise(resolve => setImmediate(resolve))
    return this.#over
  }

  get #over(): boolean {
    return this.#end !== undefined || this.#order.broken || this.#context.signal?.aborted === true
  }

  /** Never throws. undefined: its turn did not come before the run was over. */
  async #one(decision: Decision): Promise<PersonResult | undefined> {
    try {
      switch (decision.kind) {
        case 'create':
          return await this.#create(decision)
        case 'adopt':
          await adoptPerson(decision, this.#context)
          return { state: 'adopted', decision }
        case 'join':
          return await this.#join(decision)
        case 'skip':
          await this.#noteLogin(decision)
          return { state: 'skipped', decision }
        case 'refuse':
          return { state: 'refused', decision }
      }
    } catch (error) {
      const { ends, ...failure } = personFailure(error)
      if (ends) this.#end ??= error
      return { state: 'failed', decision, ...failure }
    }
  }

  async #create(decision: Create): Promise<PersonResult | undefined> {
    const first = this.#firstIsAhead
    const created = await createPerson(decision, this.#context, ask =>
      this.#creations.run(async () => (this.#over ? undefined : ask())),
    )
    if (created === undefined) return undefined
    const { link, credential } = created
    this.#firstIsAhead = false
    const problems: string[] = []
    let administrator = false
    if (first) {
      const promoted = await this.#afterwards('make it administrator', problems, () =>
        promoteIfNobody(link.userId, this.#context.client),
      )
      administrator = promoted ?? false
    }
    const { teamId } = this.#context
    if (teamId !== undefined) {
      await this.#afterwards('put it into the team', problems, () =>
        this.#joins.run(() => joinPerson(link, teamId, this.#context)),
      )
    }
    const problem = problems.length === 0 ? undefined : problems.join('; ')
    return { state: 'created', decision, credential, administrator, problem }
  }

  /** The user exists: what fails from here on is told beside that, and never hides it. */
  async #afterwards<T>(doing: string, problems: string[], work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const { reason, ends } = personFailure(error)
      if (ends) this.#end ??= error
      problems.push(`cannot ${doing}: ${reason}`)
      return undefined
    }
  }

  async #join(decision: Join): Promise<PersonResult> {
    const { teamId } = this.#context
    if (teamId === undefined) return { state: 'skipped', decision }
    await joinPerson({ ...decision.link, login: decision.account.login }, teamId, this.#context)
    return { state: 'joined', decision }
  }

  /** A linked person's new login: a later `user-delete` names that one. */
  async #noteLogin(decision: Extract<Decision, { kind: 'skip' }>): Promise<void> {
    const { link, account } = decision
    if (link === undefined || link.login === account.login) return
    await this.#context.links.put({ ...link, login: account.login })
  }
}

/** `end` lets go of the signal, which lives as long as the daemon does. */
function withGrace(context: RunContext): { context: RunContext; end: () => void } {
  const { signal, client } = context
  if (signal === undefined) return { context, end: () => undefined }
  const late = new AbortController()
  const cut = () => setTimeout(() => late.abort(), GRACE_MS).unref()
  if (signal.aborted) cut()
  else signal.addEventListener('abort', cut, { once: true })
  return {
    context: { ...context, client: client.until(late.signal) },
    end: () => signal.removeEventListener('abort', cut),
  }
}
