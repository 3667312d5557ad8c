import type { Invitation } from '../../api/contract/people.js'
import type { Settings } from '../../configdb/settings.js'
import { type ErrorCode, reasonOf, TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import { MattermostRefusal } from '../../mattermost/refusals.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { PeopleParts } from '../parts.js'
import type { MailOutcome } from './pending-mails.js'
import type { StoredCredential } from './store.js'

const DAY_MS = 24 * 3_600_000

/**
 * Takes away passwords that nobody needs any more: of people who have logged in, and those that are older than
 * CredentialDays. Gives what is left. The links must be loaded. Throws `mattermost.*`, after the old ones are gone.
 */
export async function sweepCredentials(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
): Promise<StoredCredential[]> {
  const stored = await parts.credentials.all()
  const old = stored.filter(one => isOld(one, settings.mattermost.credentialDays, parts.now()))
  await parts.credentials.forget(old.map(one => one.id))
  for (const { login } of old) {
    parts.log.info(
      { login, hint: `teamchat users invite ${login}` },
      `removed the password: not handed out within ${settings.mattermost.credentialDays} days`,
    )
  }
  const left = stored.filter(one => !old.includes(one))
  const used = await loggedIn(parts, client, left)
  await parts.credentials.forget(used.map(one => one.id))
  for (const { login } of used) parts.log.info({ login }, 'removed the password: its owner has logged in')
  return left.filter(one => !used.includes(one))
}

/** A mail stays owed for as long as it takes, and so does a password whose user may still come to be. */
function isOld({ state, delivery, createdAt }: StoredCredential, days: number, now: Date): boolean {
  return (
    days > 0 &&
    state === 'issued' &&
    delivery === 'password' &&
    now.getTime() - Date.parse(createdAt) > days * DAY_MS
  )
}

/**
 * Whose user has been in an app of Mattermost since the password was made. The local socket tells neither sessions
 * nor the last login, so two signs are taken: the server has seen them online (asked by team), or an app has set
 * their time zone, as each does when it is first opened.
 */
async function loggedIn(
  parts: PeopleParts,
  client: MattermostClient,
  credentials: StoredCredential[],
): Promise<StoredCredential[]> {
  const linked = credentials.flatMap(credential => {
    const link = credential.state === 'issued' ? parts.links.ofAccount(credential.accountId) : undefined
    // A deactivation counts as being seen, also once it is over.
    return link === undefined || link.deactivated !== undefined ? [] : [{ credential, link }]
  })
  if (linked.length === 0) return []
  const oldest = Math.min(...linked.map(({ credential }) => Date.parse(credential.createdAt)))
  const seen = new Map<string, number>()
  for (const team of new Set(linked.flatMap(({ link }) => link.joinedTeams))) {
    for (const [id, at] of await client.seenMembers(team, oldest)) seen.set(id, at)
  }
  const users = new Map(
    (await client.usersByIds(linked.map(({ link }) => link.userId))).map(user => [user.id, user]),
  )
  return linked
    .filter(({ credential, link }) => {
      const user = users.get(link.userId)
      const isGone = user === undefined
      const since = Math.max(Date.parse(credential.createdAt), Date.parse(link.backAt ?? '') || 0)
      const wasSeen = (seen.get(link.userId) ?? 0) > since
      return isGone || wasSeen || (user.timezone?.automaticTimezone ?? '') !== ''
    })
    .map(({ credential }) => credential)
}

/**
 * Has Mattermost mail the reset links that are owed; what could not be sent stays owed. `anyway`: also those whose
 * turn has not come again. Gives an outcome for each credential by account.
 */
export async function sendOwedMails(
  parts: PeopleParts,
  client: MattermostClient,
  credentials: StoredCredential[],
  { anyway }: { anyway: boolean },
): Promise<Map<string, MailOutcome>> {
  const owed = credentials.filter(one => one.delivery === 'mail' && one.state === 'issued')
  const byId = new Map(owed.map(one => [one.id, one]))
  const users = await usersOf(parts, client, owed)
  const mails = owed.flatMap(({ id, accountId }) => {
    const user = users.get(accountId)
    // Whoever may not log in is written to when they may again.
    return user === undefined || user.delete_at > 0 ? [] : [{ id, email: user.email }]
  })
  const outcomes = await parts.mails.send(
    client,
    mails,
    async ({ id }) => {
      await parts.credentials.forget([id])
      parts.log.info({ login: byId.get(id)?.login }, 'Mattermost has mailed the link to set a password')
    },
    { anyway, now: parts.now().getTime() },
  )
  const result = new Map<string, MailOutcome>()
  for (const [id, outcome] of outcomes) {
    const credential = byId.get(id)
    if (credential !== undefined) result.set(credential.accountId, outcome)
  }
  const failed = [...outcomes.values()].filter(outcome => outcome.state !== 'sent')
  const reason = failed.find(outcome => outcome.state === 'owed')?.reason
  if (reason !== undefined) {
    parts.log.warn({ owed: failed.length, reason }, 'cannot mail links to set a password; it is tried again')
  }
  return result
}

/**
 * After an automatic run: the links of whoever was created, at once. What goes wrong here is owed, and never the
 * run's failure.
 */
export async function mailNewPeople(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
): Promise<Map<string, MailOutcome>> {
  if (settings.mattermost.newUserPassword !== 'mail') return new Map()
  try {
    return await sendOwedMails(parts, client, await parts.credentials.all(), { anyway: false })
  } catch (error) {
    parts.log.warn({ reason: reasonOf(error) }, 'links to set a password are mailed later')
    return new Map()
  }
}

async function usersOf(
  parts: PeopleParts,
  client: MattermostClient,
  credentials: StoredCredential[],
): Promise<Map<string, MattermostUser>> {
  const ids = credentials.flatMap(({ accountId }) => parts.links.ofAccount(accountId)?.userId ?? [])
  const users = new Map((ids.length === 0 ? [] : await client.usersByIds(ids)).map(user => [user.id, user]))
  return new Map(
    credentials.flatMap(({ accountId }) => {
      const user = users.get(parts.links.ofAccount(accountId)?.userId ?? '')
      return user === undefined ? [] : [[accountId, user] as const]
    }),
  )
}

/**
 * Mails one person the link with which they set a password; where that fails it is owed, durably. Throws `failed`
 * for somebody who has no user that may log in, `mattermost.*` where nothing can be asked at all.
 */
export async function invite(
  parts: PeopleParts,
  client: MattermostClient,
  login: string,
): Promise<Invitation> {
  const cannot = (why: string, hint: string, code: ErrorCode = 'failed') =>
    new TeamchatError(code, `cannot invite '${login}': ${why}`, { hint })
  const links = parts.links.ofLogin(login)
  if (links.length === 0) {
    throw cannot('nobody of that name is linked to a user of Mattermost', 'teamchat users sync shows who is')
  }
  const users = await client.usersByIds(links.map(link => link.userId))
  const user = users.find(one => one.delete_at === 0)
  const link = links.find(one => one.userId === user?.id)
  if (user === undefined || link === undefined) {
    throw cannot('the user is deactivated in Mattermost, or gone', 'a link would be of no use')
  }
  const person = { login: link.login, email: user.email }
  const kept = (await parts.credentials.all()).find(
    one => one.accountId === link.accountId && one.delivery === 'mail',
  )
  try {
    await client.sendReset(user.email)
  } catch (error) {
    // An address or login that Mattermost refuses for good does not get better by repetition.
    if (error instanceof MattermostRefusal && error.status < 500) throw error
    if (kept === undefined) {
      const { provider, accountId } = link
      const owed = { ...person, password: '', delivery: 'mail' as const, name: '', accountId, provider }
      await parts.credentials.issue(
        await parts.credentials.add({ ...owed, username: user.username }, parts.now()),
      )
    }
    const reason = error instanceof MattermostRefusal ? error.words : reasonOf(error)
    return { state: 'owed', ...person, reason }
  }
  if (kept !== undefined) await parts.credentials.forget([kept.id])
  parts.log.info({ login: link.login }, 'Mattermost has mailed the link to set a password')
  return { state: 'sent', ...person, reason: '' }
}
