import type { MattermostUser } from '../../mattermost/types.js'
import { type ChangeLinked, type Decision, isWork } from './decision.js'
import type { PlanView } from './input.js'
import { type Move, type OrderedMoves, orderMoves, type Step } from './moves.js'
import type { Holders } from './new.js'
import { freed } from './release.js'
import { temporaryName } from './values.js'

export interface Renames {
  decisions: Decision[]
  /** Requests that only rename, in their order. */
  steps: Step[]
  /** User ids in the order in which e-mail addresses become free. */
  mailOrder: string[]
  holders: Holders
}

/**
 * Orders the renames of linked people, and the changes of their e-mail addresses, so that nobody is asked to take what
 * somebody else still has. Chains go from their free end, a swap of usernames over a temporary name. An address that
 * would go round in a circle waits for a hand: stepping aside would mail people about an address that is none.
 */
export function orderRenames(decisions: Decision[], view: PlanView): Renames {
  const working = new Map<string, ChangeLinked>()
  for (const one of decisions) if (isWork(one)) working.set(one.user.id, one)
  const names = orderNames([...working.values()], view)
  const mails = orderMoves(
    [...working.values()].flatMap(({ user, changes }) =>
      changes.email === undefined ? [] : [{ who: user.id, from: user.email, to: changes.email }],
    ),
    email => view.users.byEmail(email)?.id,
  )
  const nameOf = (id: string) => view.users.byId(id)?.username ?? id
  const freedBy = (id: string) => {
    const holder = view.users.byId(id)
    return holder !== undefined && isFormer(holder, view) ? freed(holder) : ''
  }
  const changed = decisions.map(decision => {
    if (!isWork(decision)) return decision
    return without(decision, names, mails, { nameOf, freedBy })
  })
  return {
    decisions: changed,
    steps: names.steps,
    mailOrder: mails.steps.map(step => step.who),
    holders: {
      ofUsername: afterwards(
        names,
        name => view.users.byUsername(name),
        id => view.users.byId(id),
      ),
      ofEmail: afterwards(
        mails,
        email => view.users.byEmail(email),
        id => view.users.byId(id),
      ),
    },
  }
}

/** After a crash in a swap somebody may have a temporary name, and the name meant for them be taken: then the old one. */
function orderNames(working: ChangeLinked[], view: PlanView): OrderedMoves {
  const holderOf = (name: string) => view.users.byUsername(name)?.id
  const moves: Move[] = working.flatMap(({ user, username }) =>
    username === undefined ? [] : [{ who: user.id, from: user.username, to: username }],
  )
  const ordered = orderMoves(moves, holderOf, temporaryName)
  const back = new Map(
    working
      .filter(({ user, link }) => {
        const old = link.written?.username
        const stuck = ordered.blocked.has(user.id) && user.username === temporaryName(user.id)
        return stuck && old !== undefined && holderOf(old) === undefined
      })
      .map(({ user, link }) => [user.id, link.written?.username ?? '']),
  )
  if (back.size === 0) return ordered
  const second = moves.map(move => ({ ...move, to: back.get(move.who) ?? move.to }))
  return orderMoves(second, holderOf, temporaryName)
}

/** The decision without what is blocked, which is told; what is left may be less, or nothing. */
function without(
  decision: ChangeLinked,
  names: OrderedMoves,
  mails: OrderedMoves,
  { nameOf, freedBy }: Record<'nameOf' | 'freedBy', (id: string) => string>,
): Decision {
  const { id } = decision.user
  const name = names.blocked.get(id)
  const mail = mails.blocked.get(id)
  const final = names.steps.find(step => step.who === id && !step.temporary)?.to
  if (name === undefined && mail === undefined && final === decision.username) return decision
  const told: string[] = []
  if (name !== undefined)
    told.push(`the username '${name.to}' is taken by '${nameOf(name.holder)}'${freedBy(name.holder)}`)
  if (mail !== undefined) told.push(`the e-mail address ${mail.to} is taken by '${nameOf(mail.holder)}'`)
  const { email, ...others } = decision.changes
  const changes = mail === undefined ? decision.changes : others
  const reason = [decision.reason, ...told.map(text => `not possible: ${text}`)].join('; ')
  const rest = { ...decision, username: final, changes, reason }
  if (decision.kind === 'reactivate' || decision.kind === 'join') return rest
  if (final !== undefined) return { ...rest, kind: 'rename' }
  if (Object.keys(changes).length > 0) return { ...rest, kind: 'update' }
  if (decision.join) return { ...rest, kind: 'join' }
  const { accountId, login, account } = decision
  return { kind: 'refuse', cause: 'conflict', accountId, login, account, reason }
}

/** Linked, deactivated, and, as far as was read, not in the directory. */
function isFormer({ id, delete_at }: MattermostUser, { linkTo, present }: PlanView): boolean {
  const link = linkTo.get(id)
  return link !== undefined && delete_at > 0 && !present.has(link.accountId)
}

/** Who has a value once all steps are done. */
function afterwards(
  { steps }: OrderedMoves,
  now: (value: string) => MattermostUser | undefined,
  byId: (id: string) => MattermostUser | undefined,
): (value: string) => MattermostUser | undefined {
  const left = new Set(steps.map(step => step.who))
  const taken = new Map(steps.filter(step => !step.temporary).map(step => [step.to, step.who]))
  return value => {
    const newHolder = taken.get(value)
    if (newHolder !== undefined) return byId(newHolder)
    const holder = now(value)
    return holder !== undefined && left.has(holder.id) ? undefined : holder
  }
}
