import type { Account } from '../directory/account.js'
import type { MattermostUser } from '../mattermost/types.js'
import { usernameOf } from './names.js'
import type { Link } from './types.js'
import type { UserIndex } from './user-index.js'

/** A change that is left for later. */
export interface LaterChange {
  accountId: string
  text: string
}

/**
 * What was seen and is left alone for now, a line each: changed logins and addresses, locked, expired, returned and
 * missing people. Only linked users are looked at; whoever is not linked is none of ours.
 */
export function notYetDone(
  input: { accounts: Account[]; links: Link[]; users: UserIndex; complete: boolean },
  linkOf: Map<string, Link>,
): LaterChange[] {
  const later: LaterChange[] = []
  for (const account of input.accounts) {
    const link = linkOf.get(account.id)
    const user = link === undefined ? undefined : input.users.byId(link.userId)
    if (link === undefined || user === undefined) continue
    for (const text of ofAccount(account, link, user)) later.push({ accountId: account.id, text })
  }
  return input.complete ? [...later, ...gone(input)] : later
}

function ofAccount(account: Account, link: Link, user: MattermostUser): string[] {
  const ended = account.locked === true ? 'locked' : account.expired ? 'expired' : undefined
  if (user.delete_at > 0) {
    const back = ended === undefined && link.deactivated !== undefined
    return back ? [`reactivate '${user.username}': deactivated by us, and back in the directory`] : []
  }
  if (ended !== undefined) return [`deactivate '${user.username}': ${ended} in the directory`]
  const changes = differences(account, user)
  return changes.length === 0 ? [] : [`update '${user.username}': ${changes.join(', ')}`]
}

function differences(account: Account, user: MattermostUser): string[] {
  const changes: string[] = []
  const username = usernameOf(account.login)
  if ('value' in username && username.value !== user.username) changes.push(`username ${username.value}`)
  const mails = account.mails.map(mail => mail.trim().toLowerCase()).filter(mail => mail !== '')
  const [first] = mails
  // Any one of the account's addresses is right.
  if (first !== undefined && !mails.includes(user.email.toLowerCase())) changes.push(`e-mail ${first}`)
  return changes
}

function gone({
  accounts,
  links,
  users,
}: {
  accounts: Account[]
  links: Link[]
  users: UserIndex
}): LaterChange[] {
  const present = new Set(accounts.map(account => account.id))
  const later: LaterChange[] = []
  for (const { accountId, userId } of links) {
    const user = present.has(accountId) ? undefined : users.byId(userId)
    if (user === undefined || user.delete_at > 0) continue
    later.push({ accountId, text: `deactivate '${user.username}': no longer in the directory` })
  }
  return later
}
