import { TeamchatError } from '../../errors.js'
import { OrderedOutput } from '../../system/concurrency/ordered-output.js'
import { Semaphore } from '../../system/concurrency/semaphore.js'
import { actingOrder, type ChangeLinked, type Create, type Decision, isWork } from '../plan/decision.js'
import type { Step } from '../plan/renames.js'
import type { PersonResult } from '../report.js'
import {
  changePerson,
  deactivatePerson,
  type Failure,
  finishJoin,
  reactivatePerson,
  releaseUser,
  runRenames,
} from './linked-person.js'
import {
  adoptPerson,
  createPerson,
  joinPerson,
  type PersonContext,
  personFailure,
  promoteIfNobody,
} from './person.js'

/** The part of a plan that is carried out. */
export interface Work {
  decisions: Decision[]
  renames: Step[]
  mailOrder: string[]
}

export interface RunContext extends Omit<PersonContext, 'patient'> {
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
 * Acts on the decisions (see `actingOrder`) and tells each result, in that order, as soon as all before it are known. One person's
 * failure stops nobody else. Throws, after everything known was told, where no further person can succeed (server
 * gone, disk full, `onResult` failed) and where `signal` stopped it.
 */
export async function runDecisions(
  work: Work,
  context: RunContext,
  onResult: (result: PersonResult) => Promise<void>,
): Promise<void> {
  const grace = withGrace(context)
  try {
    await new Run(grace.context, new OrderedOutput(onResult)).all(work)
  } finally {
    grace.end()
  }
}

class Run {
  readonly #context: RunContext & PersonContext
  readonly #order: OrderedOutput<PersonResult>
  /** Passwords and links go to the disk for some while the server works for others. */
  readonly #people: Semaphore
  readonly #creations: Semaphore
  readonly #joins: Semaphore
  #firstIsAhead: boolean
  #othersCome = true
  readonly #notRenamed = new Map<string, Failure>()
  #end: unknown

  constructor(context: RunContext, order: OrderedOutput<PersonResult>) {
    this.#context = { ...context, patient: () => this.#othersCome && this.#creations.isCrowded }
    this.#order = order
    this.#people = new Semaphore(6 * (context.cores + 1))
    this.#creations = new Semaphore(context.cores + 1)
    this.#joins = new Semaphore(context.cores + 1)
    this.#firstIsAhead = context.firstBecomesAdministrator
  }

  async all({ decisions, renames, mailOrder }: Work): Promise<void> {
    const under = new Set<Promise<void>>()
    let renamed = false
    for (const [number, { decision, alongside }] of actingOrder(decisions, mailOrder).entries()) {
      if (await this.#isOver()) break
      // Between those who leave and everybody else: a name must be free before somebody else gets it.
      if (decision.kind !== 'deactivate' && !renamed) {
        renamed = true
        await this.#rename(renames, decisions)
        if (await this.#isOver()) break
      }
      if (alongside && !(decision.kind === 'create' && this.#firstIsAhead)) {
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
    this.#othersCome = false
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
        case 'deactivate':
          await deactivatePerson(decision, this.#context)
          return { state: 'deactivated', decision }
        case 'reactivate':
        case 'rename':
        case 'update':
        case 'join':
          return await this.#changeLinked(decision)
        case 'skip':
          return { state: 'skipped', decision }
        case 'hold':
          return { state: 'held', decision }
        case 'refuse':
          return { state: 'refused', decision }
      }
    } catch (error) {
      const { ends, error: _error, ...failure } = personFailure(error)
      if (ends) this.#end ??= error
      return { state: 'failed', decision, ...failure }
    }
  }

  async #create(decision: Create): Promise<PersonResult | undefined> {
    const { release } = decision
    if (release !== undefined) {
      if (this.#over) return undefined
      await releaseUser(release, true, this.#context)
    }
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

  async #rename(steps: Step[], decisions: Decision[]): Promise<void> {
    if (steps.length === 0) return
    const people = new Map(decisions.filter(isWork).map(one => [one.user.id, one]))
    const isOver = () => this.#context.signal?.aborted === true
    for (const [id, failure] of await runRenames(steps, people, this.#context, isOver)) {
      this.#notRenamed.set(id, failure)
      if (failure.ends) this.#end ??= failure.error
    }
  }

  async #changeLinked(decision: ChangeLinked): Promise<PersonResult> {
    const { kind, username, changes, join } = decision
    const { teamId } = this.#context
    if (kind === 'reactivate') await reactivatePerson(decision, this.#context)
    if (Object.keys(changes).length > 0) await changePerson(decision, this.#context)
    if (join && teamId !== undefined) {
      await this.#joins.run(() => finishJoin(decision, teamId, this.#context))
    }
    const failure = username === undefined ? undefined : this.#notRenamed.get(decision.user.id)
    if (failure !== undefined) {
      const { ends: _ends, error: _error, ...rest } = failure
      return { state: 'failed', decision, ...rest }
    }
    if (kind === 'join') return { state: teamId === undefined ? 'skipped' : 'joined', decision }
    return { state: STATES[kind], decision }
  }
}

const STATES = { reactivate: 'reactivated', rename: 'renamed', update: 'updated' } as const

/** `end` lets go of the signal, which lives as long as the daemon does, and of the connections. */
function withGrace({ signal, ...context }: RunContext): { context: RunContext; end: () => void } {
  const late = new AbortController()
  const cut = () => setTimeout(() => late.abort(), GRACE_MS).unref()
  if (signal?.aborted === true) cut()
  else signal?.addEventListener('abort', cut, { once: true })
  const { client, end } = context.client.forRun(late.signal)
  return {
    context: { ...context, signal, client },
    end: () => {
      signal?.removeEventListener('abort', cut)
      end()
    },
  }
}
