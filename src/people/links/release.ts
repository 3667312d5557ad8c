import type { Settings } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { PeopleParts } from '../parts.js'
import type { Release } from '../plan/decision.js'
import { loginKey, usernameOf } from '../plan/names.js'
import { releaseMails, releaseValues, releaseWords, whyNotReleased } from '../plan/release.js'
import type { Link } from '../types.js'

/** A release that can be carried out. */
export interface PlannedRelease {
  release: Release
  /** False: the link was ended by `users unlink` before. */
  isLinked: boolean
  told: string[]
  mails: number
}

interface Candidate {
  link: Link
  isLinked: boolean
}

/**
 * Which user gives up its name, for a username, a login or an account id. Throws `failed` where nobody of that name is
 * a former person, or the user is active, an administrator or held.
 */
export async function planRelease(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  name: string,
): Promise<PlannedRelease> {
  const { link, isLinked } = await formerPerson(parts, settings, client, name)
  const user = await client.userById(link.userId)
  if (user === undefined) {
    throw cannot(
      name,
      'its user is not in Mattermost any more',
      `teamchat users unlink ${name} ends the link`,
    )
  }
  const why = whyNotReleased(link, user, parts.now().getTime())
  if (why !== undefined) {
    const hint =
      user.delete_at === 0
        ? `once it is deactivated; where the account is gone: teamchat signal-event user-delete ${link.login}`
        : 'such a user is left alone'
    throw cannot(name, `the Mattermost user '${user.username}' keeps its name: ${why}`, hint)
  }
  const rules = await client.userRules()
  const release = { link, user, values: await freeValues(client, user, parts.now(), rules.verifiesAddresses) }
  const told = [releaseWords(release), `the name '${user.username}' is free then`]
  return { release, isLinked, told, mails: releaseMails(release, rules.mailsNotices) }
}

async function freeValues(
  client: MattermostClient,
  user: MattermostUser,
  now: Date,
  verification: boolean,
): Promise<Release['values']> {
  const taken = new Set<string>()
  for (;;) {
    const values = releaseValues(user, { now, verification }, username => taken.has(username))
    const holder = await client.userByUsername(values.username)
    if (holder === undefined || holder.id === user.id) return values
    taken.add(values.username)
  }
}

/** The one link of that name whose account a believable read of the directory does not show. */
async function formerPerson(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  name: string,
): Promise<Candidate> {
  const candidates = await candidatesOf(parts, client, name)
  if (candidates.length === 0) {
    throw cannot(name, 'no user of that name is linked, or was', 'teamchat users list shows who is')
  }
  const ids = candidates.map(({ link }) => link.accountId)
  const { accounts, othersSeen } = await parts.provider(settings).readNamed({ logins: [], ids })
  if (!othersSeen) {
    throw cannot(
      name,
      'the directory shows nobody else, which cannot be believed',
      'check BaseDN, UserDN and that the bind account may read',
    )
  }
  const present = new Set(accounts.map(account => account.id))
  const [gone, ...others] = candidates.filter(({ link }) => !present.has(link.accountId))
  if (gone === undefined) {
    const as = accounts.map(account => account.dn || account.login).join('; ')
    throw cannot(
      name,
      `the account is still in the directory: ${as}`,
      'only former people give up their name',
    )
  }
  if (others.length === 0) return gone
  const all = [gone, ...others].map(({ link }) => link.accountId).join(', ')
  throw cannot(
    name,
    `several former people had that name: ${all}`,
    'name the one that is meant by its id, as teamchat users list --json shows it',
  )
}

/** The user who has the name now comes first: that is the one who stands in the way. */
async function candidatesOf(
  { links }: PeopleParts,
  client: MattermostClient,
  name: string,
): Promise<Candidate[]> {
  const plain = name.trim().toLowerCase()
  const byId = links.ofAccount(plain)
  if (byId !== undefined) return [{ link: byId, isLinked: true }]
  const username = usernameOf(plain)
  const user = 'value' in username ? await client.userByUsername(username.value) : undefined
  const own = user && candidateOf(links.ofUser(user.id), links.formerOfUser(user.id))
  if (own !== undefined) return [own]
  const unlinked = links
    .former()
    .filter(({ how, link }) => how === 'unlinked' && loginKey(link.login) === loginKey(name))
  return [
    ...links.ofLogin(name).map(link => ({ link, isLinked: true })),
    ...unlinked.map(({ link }) => ({ link, isLinked: false })),
  ]
}

function candidateOf(
  link: Link | undefined,
  former: { how: string; link: Link } | undefined,
): Candidate | undefined {
  if (link !== undefined) return { link, isLinked: true }
  return former?.how === 'unlinked' ? { link: former.link, isLinked: false } : undefined
}

function cannot(name: string, why: string, hint: string): TeamchatError {
  return new TeamchatError('failed', `cannot release '${name}': ${why}`, { hint })
}
