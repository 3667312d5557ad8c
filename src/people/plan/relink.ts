import type { Account } from '../../directory/account.js'
import { byByteOrder } from '../../directory/byte-order.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { LinkReading } from '../links/links.js'
import type { Link, LinkChange } from '../types.js'
import { loginKey } from './names.js'
import { acceptedMails, mailOf, type ValueRules } from './values.js'

/** Links of before with the people of a directory that was made anew. */
export interface RelinkInput {
  /** All that the directory shows. */
  accounts: Account[]
  links: LinkReading
  /** Every user of Mattermost by id. */
  users: ReadonlyMap<string, MattermostUser>
  /** Only these logins, also where the e-mail addresses differ; empty: everybody. */
  names: string[]
  provider: string
  rules: ValueRules
  now: Date
}

/** One person who gets the former user under a new id. */
export interface Relinked {
  login: string
  username: string
  from: string
  to: string
  /** What differs; '' where nothing does. */
  remark: string
}

export interface RelinkPlan {
  people: Relinked[]
  /** Names that are known with a new id, and stay as they are; why. */
  left: { login: string; reason: string }[]
  changes: LinkChange[]
}

interface Candidate {
  link: Link
  /** False: the link was ended by `users unlink`. */
  isLinked: boolean
}

/**
 * Who is the same person under another id: the former id is not in the directory any more, one account has the same
 * login and no link, and the user's e-mail address is one of the account's. Whoever is named needs no such address.
 */
export function planRelink(input: RelinkInput): RelinkPlan {
  const { accounts, links, now } = input
  const present = new Set(accounts.map(account => account.id))
  const strangers = accounts.filter(one => !one.system && links.ofAccount(one.id) === undefined)
  const wanted = new Set(input.names.map(loginKey))
  const plan: RelinkPlan = { people: [], left: [], changes: [] }
  const byLogin = groups(strangers, account => loginKey(account.login))
  const former = groups(candidatesOf(input, present, wanted), ({ link }) => loginKey(link.login))
  for (const [key, found] of former) {
    if (wanted.size > 0 && !wanted.has(key)) continue
    const verdict = pair(found, byLogin.get(key) ?? [], input, wanted.has(key))
    if (verdict === undefined) continue
    if ('reason' in verdict) {
      plan.left.push(verdict)
      continue
    }
    const { link, isLinked, account, user, remark } = verdict
    plan.people.push({
      ...{ login: account.login, username: user.username, from: link.accountId, to: account.id, remark },
    })
    if (isLinked) plan.changes.push({ drop: link.accountId })
    plan.changes.push(
      { former: { link, how: 'relinked', username: user.username, at: now.toISOString() } },
      { put: moved(link, account, input.provider) },
    )
  }
  for (const name of input.names) {
    const key = loginKey(name)
    if (former.has(key) && (byLogin.has(key) || plan.left.some(one => loginKey(one.login) === key))) continue
    const reason = byLogin.has(key)
      ? 'nobody of that name was linked under an id that is gone'
      : 'no account without a link has that name'
    plan.left.push({ login: name, reason })
  }
  for (const list of [plan.people, plan.left]) list.sort((a, b) => byByteOrder(a.login, b.login))
  return plan
}

/** Drops the links whose user Mattermost does not have any more; nobody can be given such a user, so none is kept. */
export function dropMissing(
  links: LinkReading,
  users: ReadonlyMap<string, MattermostUser>,
): { logins: string[]; changes: LinkChange[] } {
  const missing = links.all().filter(link => !users.has(link.userId))
  return {
    logins: missing.map(link => link.login).sort(),
    changes: missing.map(link => ({ drop: link.accountId })),
  }
}

function candidatesOf(
  { links }: RelinkInput,
  present: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): Candidate[] {
  const linked = links.all().map(link => ({ link, isLinked: true }))
  // Whoever was unlinked by hand is meant only by name.
  const unlinked = links
    .former()
    .filter(({ how, link }) => how === 'unlinked' && wanted.has(loginKey(link.login)))
    .map(({ link }) => ({ link, isLinked: false }))
  return [...linked, ...unlinked].filter(({ link }) => !present.has(link.accountId))
}

type Verdict =
  | (Candidate & { account: Account; user: MattermostUser; remark: string })
  | { login: string; reason: string }

/** undefined: nobody has the name anew, so there is nothing to say. */
function pair(
  candidates: Candidate[],
  strangers: Account[],
  input: RelinkInput,
  named: boolean,
): Verdict | undefined {
  const [account, ...others] = strangers
  if (account === undefined) return undefined
  const { login } = account
  if (others.length > 0) {
    return { login, reason: `several accounts have that name: ${strangers.map(one => one.dn).join('; ')}` }
  }
  const known = candidates.flatMap(candidate => {
    const user = input.users.get(candidate.link.userId)
    return user === undefined || user.is_bot === true ? [] : [{ ...candidate, user, account }]
  })
  if (known.length === 0) {
    return { login, reason: 'its user is not in Mattermost any more: teamchat users relink --forget-missing' }
  }
  const same = known.filter(one => isSameMail(account, one, input.rules, known.length > 1))
  const [sure] = same
  if (sure !== undefined && same.length === 1) return { ...sure, remark: '' }
  const [only] = known
  if (only === undefined || known.length > 1) {
    const names = known.map(one => `'${one.user.username}'`).join(', ')
    return { login, reason: `several users were linked to that name: ${names}` }
  }
  const mail = mailOf(account, input.rules.domainName, input.rules.emailFrom)
  const mine = 'value' in mail ? mail.value : 'none'
  const remark = `the e-mail address of '${only.user.username}' is ${only.user.email}, the directory has ${mine}`
  if (named) return { ...only, remark }
  return { login, reason: `${remark}; if it is the same person: teamchat users relink ${login}` }
}

function isSameMail(
  account: Account,
  { user, link }: { user: MattermostUser; link: Link },
  { domainName, emailFrom }: ValueRules,
  live: boolean,
): boolean {
  const mails = acceptedMails(account, domainName, emailFrom)
  const own = [user.email.toLowerCase(), ...(live ? [] : [link.written?.email ?? ''])]
  return own.some(mail => mails.includes(mail))
}

/** The same link under the new id: what was written stays the measure of what has changed. */
function moved(link: Link, { id, login, displayName }: Account, provider: string): Link {
  const { goneSince: _since, goneReads: _reads, ...rest } = link
  return { ...rest, provider, accountId: id, login, displayName }
}

function groups<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    found.set(key, [...(found.get(key) ?? []), item])
  }
  return found
}
