import type { MattermostUser } from '../../mattermost/types.js'
import { type ChangeLinked, type Decision, isWork } from './decision.js'
import type { PlanView } from './input.js'
import type { Holders } from './new.js'
import { freed } from './release.js'
import { temporaryUsername } from './values.js'

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
  const ordered = orderMoves(moves, holderOf, temporaryUsername)
  const back = new Map(
    working
      .filter(({ user, link }) => {
        const old = link.written?.username
        const stuck = ordered.blocked.has(user.id) && user.username === temporaryUsername(user.id)
        return stuck && old !== undefined && holderOf(old) === undefined
      })
      .map(({ user, link }) => [user.id, link.written?.username ?? '']),
  )
  if (back.size === 0) return ordered
  const second = moves.map(move => ({ ...move, to: back.get(move.who) ?? move.to }))
  return orderMoves(second, holderOf, temporaryUsername)
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

/** Somebody who is to get another value of a kind that only one can have: a username, an e-mail address. */
export interface Move {
  /** The user's id. */
  who: string
  from: string
  to: string
}

/** One request: the value that `who` gets, and whether it is only for a moment. */
export interface Step {
  who: string
  to: string
  temporary: boolean
}

export interface OrderedMoves {
  /** In this order each value is free when somebody gets it. */
  steps: Step[]
  /** Who cannot move, since somebody has the value and stays; by user id. */
  blocked: Map<string, { to: string; holder: string }>
}

/**
 * Brings moves into an order in which no value is ever taken: whoever stands in the way goes first (a chain), and in
 * a circle one steps aside to `aside(who)` and comes back last. Without `aside` a circle is blocked. `holderOf` tells
 * who has a value now. Nobody may wait for somebody who is blocked: they are blocked as well. The order depends on
 * nothing but who and what: moves are looked at by user id.
 */
export function orderMoves(
  moves: Move[],
  holderOf: (value: string) => string | undefined,
  aside?: (who: string) => string,
): OrderedMoves {
  const sorted = [...moves].sort((a, b) => (a.who < b.who ? -1 : 1))
  const blocked = blockedMoves(sorted, holderOf)
  const left = new Map(sorted.filter(move => !blocked.has(move.who)).map(move => [move.who, move]))
  const steps: Step[] = []
  /** Whose old value is free by now. */
  const moved = new Set<string>()
  const isFree = (move: Move) => {
    const holder = holderOf(move.to)
    return holder === undefined || holder === move.who || moved.has(holder)
  }
  while (left.size > 0) {
    const next = [...left.values()].find(isFree)
    if (next !== undefined) {
      steps.push({ who: next.who, to: next.to, temporary: false })
      moved.add(next.who)
      left.delete(next.who)
      continue
    }
    // Only circles are left, and everybody in them has a holder that moves.
    const [first] = [...left.values()].filter(move => !moved.has(move.who))
    if (first === undefined) break
    if (aside === undefined) {
      for (const move of left.values())
        blocked.set(move.who, { to: move.to, holder: holderOf(move.to) ?? '' })
      break
    }
    steps.push({ who: first.who, to: aside(first.who), temporary: true })
    moved.add(first.who)
  }
  return { steps, blocked }
}

/** Two with one aim are blocked both; then everybody whose aim is held by one who stays. */
function blockedMoves(
  moves: Move[],
  holderOf: (value: string) => string | undefined,
): OrderedMoves['blocked'] {
  const blocked: OrderedMoves['blocked'] = new Map()
  const aims = new Map<string, string>()
  for (const { who, to } of moves) {
    const rival = aims.get(to)
    if (rival === undefined) {
      aims.set(to, who)
      continue
    }
    blocked.set(who, { to, holder: rival })
    blocked.set(rival, { to, holder: who })
  }
  const movers = new Set(moves.map(move => move.who))
  for (let before = -1; before !== blocked.size; ) {
    before = blocked.size
    for (const { who, to } of moves) {
      if (blocked.has(who)) continue
      const holder = holderOf(to)
      if (holder === undefined || holder === who) continue
      if (!movers.has(holder) || blocked.has(holder)) blocked.set(who, { to, holder })
    }
  }
  return blocked
}
