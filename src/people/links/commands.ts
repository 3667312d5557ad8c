import type {
  HostOutcome,
  LinkOutcome,
  LinkRequest,
  RelinkOutcome,
  RelinkRequest,
  UserList,
} from '../../api/contract/links.js'
import type { Settings } from '../../configdb/settings.js'
import type { Account } from '../../directory/account.js'
import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { PeopleParts } from '../parts.js'
import { hold, ignore, type LinkSteps, linkByHand, unhold, unignore, unlink } from '../plan/link-steps.js'
import { loginsMeant, usernameOf } from '../plan/names.js'
import { releasedChanges, releasedUser } from '../plan/release.js'
import { rulesOf } from '../run/act.js'
import { releaseUser } from '../run/linked-person.js'
import { prepare } from '../run/prepare.js'
import type { Link } from '../types.js'
import { acceptHost, checkLinks, rememberingLinks } from './host.js'
import { listUsers, nextFor } from './list.js'
import { planRelease } from './release.js'
import { relink } from './relink.js'

/** Who is who, by command. */
export class PeopleLinks {
  readonly #parts: PeopleParts

  constructor(parts: PeopleParts) {
    this.#parts = parts
  }

  /** Everybody who is linked, left out, or was linked. Does not wait for a run. */
  list(): Promise<UserList> {
    return listUsers(this.#parts)
  }

  /** Changes one person's link, and tells what the next sync does then; throws `failed` where that is refused. */
  change(request: LinkRequest): Promise<LinkOutcome> {
    return rememberingLinks(this.#parts, async () => {
      const parts = this.#parts
      await parts.links.load()
      const settings = await parts.settings()
      const client = parts.mattermost(settings)
      if (request.action === 'release') return this.#release(settings, client, request)
      const { steps, login, accountId } = await stepsFor(parts, settings, client, request)
      const { changes, told } = steps
      if (!request.dryRun && changes.length > 0) {
        await checkLinks(parts)
        await parts.links.change(changes)
        parts.log.info({ login, action: request.action }, 'changed the link of a person by command')
        parts.followed.readAnew()
      }
      const planned = { ...parts, links: request.dryRun ? parts.links.preview(changes) : parts.links }
      const next = await nextFor({ parts: planned, settings, client }, { login, accountId })
      return { changed: changes.length > 0, told, ...next }
    })
  }

  async #release(
    settings: Settings,
    client: MattermostClient,
    { name, dryRun }: LinkRequest,
  ): Promise<LinkOutcome> {
    const parts = this.#parts
    if (!dryRun) {
      const gate = await parts.gate()
      if (!gate.allowed) throw new TeamchatError('settings.notAdopted', gate.reason, { hint: gate.hint })
      await prepare(parts, client)
    }
    const { release, isLinked, told, mails } = await planRelease(parts, settings, client, name)
    const { username } = release.user
    if (dryRun) {
      const planned = {
        ...parts,
        links: parts.links.preview(releasedChanges(release, isLinked, parts.now())),
        userAsIf: (user: MattermostUser) => releasedUser(user, release),
      }
      const next = await nextFor(
        { parts: planned, settings, client },
        { login: username, accountId: undefined },
      )
      return { changed: true, told, ...next, mails: mails + next.mails }
    }
    await releaseUser(release, isLinked, { client, links: parts.links, now: parts.now })
    parts.followed.readAnew()
    parts.log.info({ username, now: release.values.username }, 'freed the name of a former person by command')
    const next = await nextFor({ parts, settings, client }, { login: username, accountId: undefined })
    return { changed: true, told, ...next, mails: mails + next.mails }
  }

  /** See `acceptHost`. */
  acceptHost(): Promise<HostOutcome> {
    return rememberingLinks(this.#parts, async () => {
      const parts = this.#parts
      const outcome = await acceptHost(parts, parts.mattermost(await parts.settings()))
      parts.followed.readAnew()
      return outcome
    })
  }

  /** See `relink`. */
  relink(request: RelinkRequest, signal?: AbortSignal): Promise<RelinkOutcome> {
    return rememberingLinks(this.#parts, () => relink(this.#parts, request, signal))
  }
}

interface Found {
  steps: LinkSteps
  login: string
  accountId: string | undefined
}

async function stepsFor(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  request: LinkRequest,
): Promise<Found> {
  const { action, name } = request
  const { links } = parts
  const now = parts.now()
  if (action === 'link') return linkSteps(parts, settings, client, request)
  if (action === 'ignore' || action === 'unignore') {
    const account = await accountOf(parts, settings, action, name)
    const steps = action === 'ignore' ? ignore(name, account, links, now) : unignore(name, account, links)
    return { steps, login: account?.login ?? name, accountId: account?.id }
  }
  const link = linkOf(parts, action, name)
  const found = { login: link.login, accountId: link.accountId }
  if (action === 'hold') return { ...found, steps: hold(link, request.until, now) }
  if (action === 'unhold') return { ...found, steps: unhold(link) }
  // The link can end without Mattermost; only its name for the user is better.
  const user = await client.userById(link.userId).catch(() => undefined)
  return { ...found, steps: unlink(link, user, now) }
}

async function linkSteps(
  parts: PeopleParts,
  settings: Settings,
  client: MattermostClient,
  { name, username }: LinkRequest,
): Promise<Found> {
  const account = await accountOf(parts, settings, 'link', name)
  if (account === undefined) {
    throw new TeamchatError('failed', `cannot link '${name}': nobody in the directory has that name`, {
      hint: 'the first name is the one in the directory: teamchat users link NAME [USERNAME]',
    })
  }
  const user = await userOf(client, account, username)
  const own = parts.links.ofAccount(account.id)
  const facts = {
    account,
    user,
    named: username !== undefined,
    links: parts.links,
    linkedUser: own && (await client.userById(own.userId)),
    provider: parts.provider(settings).identity.provider,
    rules: rulesOf(settings),
    now: parts.now(),
  }
  return { steps: linkByHand(facts), login: account.login, accountId: account.id }
}

async function userOf(
  client: MattermostClient,
  account: Account,
  username: string | undefined,
): Promise<MattermostUser> {
  const wanted = username === undefined ? usernameOf(account.login) : { value: username.toLowerCase() }
  const cannot = `cannot link '${account.login}':`
  const hint = `name the Mattermost user: teamchat users link ${account.login} USERNAME`
  if ('unusable' in wanted) throw new TeamchatError('failed', `${cannot} ${wanted.unusable}`, { hint })
  const user = await client.userByUsername(wanted.value)
  if (user !== undefined) return user
  throw new TeamchatError('failed', `${cannot} Mattermost has no user '${wanted.value}'`, { hint })
}

/** The one account that is meant by a login or an id; undefined: there is none. */
async function accountOf(
  parts: PeopleParts,
  settings: Settings,
  action: string,
  name: string,
): Promise<Account | undefined> {
  const plain = name.trim().toLowerCase()
  const { accounts } = await parts.provider(settings).readNamed({ logins: loginsMeant(name), ids: [plain] })
  const found =
    [
      accounts.filter(account => account.id === plain),
      accounts.filter(account => account.login.trim().toLowerCase() === plain),
      accounts,
    ].find(some => some.length > 0) ?? []
  const [account, ...others] = found
  if (others.length > 0) {
    const who = found.map(one => `${one.dn || one.login} (${one.id})`).join('; ')
    throw new TeamchatError('failed', `cannot ${action} '${name}': several accounts have that name: ${who}`, {
      hint: `name the one that is meant by its id: teamchat users ${action} ID`,
    })
  }
  if (account?.system === true && action !== 'unignore') {
    throw new TeamchatError('failed', `cannot ${action} '${name}': it is a system account`, {
      hint: 'such accounts are left alone in any case',
    })
  }
  return account
}

/** The one link that is meant. */
function linkOf({ links }: PeopleParts, action: string, name: string): Link {
  const byId = links.ofAccount(name.trim().toLowerCase())
  const found = byId === undefined ? links.ofLogin(name) : [byId]
  const [link, ...others] = found
  if (link === undefined) {
    const hint =
      action === 'hold'
        ? `only linked people can be held; to leave somebody out: teamchat users ignore ${name}`
        : 'teamchat users list shows who is linked'
    throw new TeamchatError('failed', `cannot ${action} '${name}': it is not linked`, { hint })
  }
  if (others.length === 0) return link
  const ids = found.map(one => one.accountId).join(', ')
  throw new TeamchatError('failed', `cannot ${action} '${name}': several accounts had that name: ${ids}`, {
    hint: `name the one that is meant by its id, as teamchat users list shows it: teamchat users ${action} ID`,
  })
}
