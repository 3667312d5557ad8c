import type { Account } from '../../directory/account.js'
import { byByteOrder } from '../../directory/byte-order.js'
import type { MattermostBot, MattermostUser } from '../../mattermost/types.js'
import type { DeactivationRule, DirectoryValues, Link } from '../types.js'

/** Whom a decision is about, and why it is as it is, in words. */
interface About {
  accountId: string
  /** The login in the directory; of somebody who is gone, the last one seen. */
  login: string
  reason: string
}

/** Values to write into a user; the username goes its own way, since renames have an order. */
export type Changes = Pick<DirectoryValues, 'email' | 'firstName' | 'lastName' | 'position'>

/** What is done to a linked user, in this order: back into use, renamed, changed, put into the team. */
export interface LinkedWork {
  account: Account
  link: Link
  user: MattermostUser
  /** The new username; undefined: it stays. */
  username: string | undefined
  changes: Changes
  join: boolean
  /** Bots that stopped with their owner and come back now. */
  bots: MattermostBot[]
}

export type Create = About & {
  kind: 'create'
  account: Account
  username: string
  email: string
  /** A former person's user that gives up the name before. */
  release?: Release | undefined
}
export type Adopt = About & { kind: 'adopt'; account: Account; user: MattermostUser }
/** Named after the first thing that is done. */
export type ChangeLinked = About & { kind: 'reactivate' | 'rename' | 'update' | 'join' } & LinkedWork
export type Deactivate = About & {
  kind: 'deactivate'
  cause: DeactivationRule
  /** undefined: not in the directory any more. */
  account: Account | undefined
  link: Link
  user: MattermostUser
  /** Bots of this owner that stop as well. */
  bots: MattermostBot[]
}
export type SkipCause = 'locked' | 'expired' | 'linked' | 'deactivated' | 'ignored'
export type Skip = About & { kind: 'skip'; cause: SkipCause; account: Account; link: Link | undefined }
/**
 * Nothing is done for now. hold: by `users hold`. gone: not long enough yet. brake: more than MaxDeactivate or
 * MaxCreate lets through. stopped: the directory's answer is not believed, nobody is changed.
 */
export type Hold = About & {
  kind: 'hold'
  cause: 'hold' | 'gone' | 'brake' | 'stopped'
  account: Account | undefined
  /** What would be done. */
  wanted: Acting | undefined
}
/**
 * conflict: a user of that name exists and is left alone. impossible: it cannot be done as things are.
 * setting: not before a setting is made. full: no seat is left. administrator: the last one is never deactivated.
 */
export type Refuse = About & {
  kind: 'refuse'
  cause: 'conflict' | 'impossible' | 'setting' | 'full' | 'administrator'
  account: Account | undefined
}

/** Decisions that change something. */
export type Acting = Create | Adopt | ChangeLinked | Deactivate
/** What is done for one person, and why. */
export type Decision = Acting | Skip | Hold | Refuse

/** Whether carrying it out changes something in Mattermost or in our links. */
export function isActing(decision: Decision): decision is Acting {
  return decision.kind !== 'skip' && decision.kind !== 'hold' && decision.kind !== 'refuse'
}

/** Whether it changes a linked user who stays, or comes back. */
export function isWork(decision: Decision): decision is ChangeLinked {
  const { kind } = decision
  return kind === 'reactivate' || kind === 'rename' || kind === 'update' || kind === 'join'
}

export function skip(cause: SkipCause, account: Account, reason: string, link?: Link): Skip {
  return { kind: 'skip', cause, account, link, reason, ...about(account) }
}

export function refuse(cause: Refuse['cause'], account: Account, reason: string): Refuse {
  return { kind: 'refuse', cause, account, reason, ...about(account) }
}

export function about({ id, login }: Account): { accountId: string; login: string } {
  return { accountId: id, login }
}

/** By the place of the group, then by login in byte order, then by id: who comes first where not all can. */
export function byOrder(a: Decision, b: Decision): number {
  return placeOf(a) - placeOf(b) || byLogin(a, b)
}

export function byLogin(a: Decision, b: Decision): number {
  return byByteOrder(a.login, b.login) || (a.accountId < b.accountId ? -1 : 1)
}

function placeOf(decision: Decision): number {
  return decision.account?.groupOrder ?? 0
}

/** A former person's user that gives up its name, so that somebody new can have it. */
export interface Release {
  link: Link
  user: MattermostUser
  /** An undefined e-mail address: Mattermost lets nobody but its owner change it. */
  values: { username: string; email: string | undefined }
}

/** A decision with its place in a run. */
export interface Ordered {
  decision: Decision
  /** Others may be acted on at the same time. */
  alongside: boolean
}

/**
 * The order of acting: deactivations first, since seats are limited; then linked people, those with a new e-mail
 * address in the order in which addresses become free; then everybody else as the plan has them.
 */
export function actingOrder(decisions: Decision[], mailOrder: string[]): Ordered[] {
  const place = new Map(mailOrder.map((id, index) => [id, index]))
  const leaving = decisions.filter(one => one.kind === 'deactivate')
  const mails = decisions
    .filter(isWork)
    .filter(one => one.changes.email !== undefined)
    .sort((a, b) => (place.get(a.user.id) ?? 0) - (place.get(b.user.id) ?? 0))
  const first = new Set<Decision>([...leaving, ...mails])
  const rest = decisions.filter(one => !first.has(one))
  return [
    ...[...leaving, ...mails].map(decision => ({ decision, alongside: false })),
    ...rest.map(decision => ({ decision, alongside: decision.kind === 'create' || isWork(decision) })),
  ]
}
