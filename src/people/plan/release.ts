import type { MattermostUser } from '../../mattermost/types.js'
import type { Link, LinkChange } from '../types.js'
import type { Release } from './decision.js'
import type { PlanView } from './input.js'
import { isHeld } from './linked.js'
import { isPrivileged } from './user-index.js'

const DONE = /\.until-\d{4}-\d\d-\d\d(-\d+)?$/
const LONGEST = 64

/** Why a user keeps its name; undefined: it can be released. That its account is gone is for the caller to know. */
export function whyNotReleased(link: Link, user: MattermostUser, now: number): string | undefined {
  if (user.is_bot === true) return 'it is a bot'
  if (isPrivileged(user)) return 'it is an administrator'
  if (user.delete_at === 0) return 'it is active'
  if (isHeld(link, now)) return 'it is left alone by teamchat users hold'
  return undefined
}

/**
 * `ann.until-2026-03-01` (the day of the release, by UTC), with a number where that is taken, and an address that
 * nothing can be delivered to (RFC 2606). With RequireEmailVerification the address stays: Mattermost would only ask
 * for a confirmation at the new one.
 */
export function releaseValues(
  user: MattermostUser,
  { now, verification }: { now: Date; verification: boolean },
  isTaken: (username: string) => boolean,
): Release['values'] {
  const email = verification ? undefined : `${user.id}@former.invalid`
  if (DONE.test(user.username)) return { username: user.username, email }
  const day = now.toISOString().slice(0, 10)
  for (let n = 1; ; n++) {
    const end = `.until-${day}${n === 1 ? '' : `-${n}`}`
    const username = user.username.slice(0, LONGEST - end.length) + end
    if (!isTaken(username)) return { username, email }
  }
}

/** How many mails Mattermost sends about a release: one for the name, one to the old address. */
export function releaseMails({ user, values }: Release, notices: boolean): number {
  if (!notices) return 0
  const renamed = values.username === user.username ? 0 : 1
  return renamed + (values.email === undefined || values.email === user.email ? 0 : 1)
}

/** The link ends with the release; nobody is ever given that user again. */
export function releasedChanges({ link, user }: Release, isLinked: boolean, now: Date): LinkChange[] {
  const former = { link, how: 'released', username: user.username, at: now.toISOString() } as const
  return [...(isLinked ? [{ drop: link.accountId }] : []), { former }]
}

/** `user` as it is once the release is done. */
export function releasedUser(user: MattermostUser, { user: { id }, values }: Release): MattermostUser {
  if (user.id !== id) return user
  return { ...user, username: values.username, email: values.email ?? user.email }
}

/** What becomes of the user, in words. */
export function releaseWords({ user, values: { username, email } }: Release): string {
  const address =
    email === undefined
      ? `its e-mail address ${user.email} stays, since RequireEmailVerification is on`
      : `its e-mail address ${email}`
  return `the former person's user '${user.username}' becomes '${username}', ${address}`
}

/** What frees the name of a former person's user. */
export function freed(user: MattermostUser): string {
  if (isPrivileged(user)) return '; an administrator keeps its name'
  const when = user.delete_at > 0 ? '' : ' once it is deactivated'
  return `; the name is freed${when} by teamchat users release ${user.username}`
}

/**
 * For ReleaseNames=yes: only where the person was found gone by our own rules (two full reads and GoneAfter, or
 * user-delete), and is not there now either.
 */
export function automaticRelease(user: MattermostUser, view: PlanView): Release | undefined {
  const link = view.linkTo.get(user.id)
  if (!view.releaseNames || link === undefined || whyNotReleased(link, user, view.now) !== undefined) {
    return undefined
  }
  const absent = view.complete ? !view.present.has(link.accountId) : view.absent.has(link.accountId)
  if (!absent || !wasFoundGone(link, view)) return undefined
  const { now, mails } = view
  const isTaken = (name: string) => view.users.byUsername(name) !== undefined
  return {
    link,
    user,
    values: releaseValues(user, { now: new Date(now), verification: mails.verification }, isTaken),
  }
}

function wasFoundGone({ deactivated, goneReads, goneSince }: Link, { now, goneAfterMs }: PlanView): boolean {
  if (deactivated?.by === 'gone' || deactivated?.by === 'user-delete') return true
  return (goneReads ?? 0) >= 2 && goneSince !== undefined && now - Date.parse(goneSince) >= goneAfterMs
}
