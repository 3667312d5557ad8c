import type { Account } from '../../directory/account.js'
import { TeamchatError } from '../../errors.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { LinkReading } from '../links/links.js'
import type { Link, LinkChange } from '../types.js'
import { isPrivileged } from './user-index.js'
import { directoryValues, type ValueRules } from './values.js'

/** What a command makes of the links; without changes there is nothing to do. */
export interface LinkSteps {
  changes: LinkChange[]
  /** What is so afterwards, a line each. */
  told: string[]
}

/** What is known where somebody is to be linked by hand. */
export interface LinkFacts {
  account: Account
  user: MattermostUser
  /** The administrator has named the user, and not only the account. */
  named: boolean
  links: LinkReading
  /** The user of the link that the account has; undefined: Mattermost has it no more. */
  linkedUser: MattermostUser | undefined
  provider: string
  rules: ValueRules
  now: Date
}

/**
 * Ties an account to a user whom the rule would not adopt; nothing changes in Mattermost, and what differs stays until
 * the directory changes it. Throws `failed` for bots, for a user of somebody else, now or once, for an account that has
 * a user, and for administrators who were not named.
 */
export function linkByHand(facts: LinkFacts): LinkSteps {
  const { account, user, links } = facts
  const own = links.ofAccount(account.id)
  const name = `the Mattermost user '${user.username}'`
  if (own?.userId === user.id) {
    return { changes: [], told: [`'${account.login}' is linked to ${name} already`] }
  }
  refuseUser(facts, name)
  const changes: LinkChange[] = []
  const told = [`'${account.login}' is linked to ${name}`]
  if (own !== undefined) {
    if (facts.linkedUser !== undefined) {
      throw cannotLink(
        facts,
        `it is linked to the Mattermost user '${facts.linkedUser.username}' already`,
        `first: teamchat users unlink ${account.login}`,
      )
    }
    // A user that is gone for good needs no tombstone.
    changes.push({ drop: own.accountId })
    told.push(`its former user (${own.userId}) is not in Mattermost any more`)
  }
  const ignored = links.ignoredOf({ accountId: account.id, login: account.login })
  if (ignored !== undefined) {
    changes.push({ heed: { accountId: ignored.accountId, login: ignored.login } })
    told.push('it is no longer left out')
  }
  const former = links.formerOfUser(user.id)
  if (former !== undefined) changes.push({ forget: user.id })
  changes.push({ put: linkFor(facts, former?.link) })
  return { changes, told: [...told, ...differences(facts)] }
}

function refuseUser(facts: LinkFacts, name: string): void {
  const { account, user, links } = facts
  if (user.is_bot === true) throw cannotLink(facts, `${name} is a bot`, 'name the user of a person')
  const holder = links.ofUser(user.id)
  if (holder !== undefined && holder.accountId !== account.id) {
    throw cannotLink(facts, `${name} belongs to '${holder.login}' (${holder.accountId})`, NEVER_ANOTHER)
  }
  const former = links.formerOfUser(user.id)
  if (former !== undefined && former.link.accountId !== account.id && former.how !== 'relinked') {
    const { login, accountId } = former.link
    throw cannotLink(facts, `${name} belonged to '${login}' (${accountId}) before`, NEVER_ANOTHER)
  }
  if (isPrivileged(user) && !facts.named) {
    const hint = `if it is the same person, name the user as well: teamchat users link ${account.login} ${user.username}`
    throw cannotLink(facts, `${name} is an administrator`, hint)
  }
}

const NEVER_ANOTHER = 'a user who was one person is never given to another'

function cannotLink({ account }: LinkFacts, why: string, hint: string): TeamchatError {
  return new TeamchatError('failed', `cannot link '${account.login}': ${why}`, { hint })
}

/** `former`: the same two were linked before; teams joined then are not joined again. */
function linkFor({ account, user, provider, rules, now }: LinkFacts, former: Link | undefined): Link {
  const mine = former?.accountId === account.id ? former : undefined
  const back = mine?.deactivated !== undefined && user.delete_at > 0 ? { deactivated: mine.deactivated } : {}
  return {
    provider,
    accountId: account.id,
    login: account.login,
    displayName: account.displayName,
    userId: user.id,
    origin: 'linked',
    linkedAt: now.toISOString(),
    joinedTeams: mine?.joinedTeams ?? [],
    written: directoryValues(account, rules),
    ...back,
  }
}

function differences({ account, user, rules }: LinkFacts): string[] {
  const { username, email } = directoryValues(account, rules)
  const stays: string[] = []
  if (username !== user.username) stays.push(`the username '${user.username}'`)
  if (email !== user.email.toLowerCase()) stays.push(`the e-mail address ${user.email}`)
  return stays.length === 0 ? [] : [`${stays.join(' and ')} stay until the directory changes its own`]
}

/** Ends a link; the user stays as it is, and the tombstone keeps the rule from adopting it again. */
export function unlink(link: Link, user: MattermostUser | undefined, now: Date): LinkSteps {
  const username = user?.username ?? link.written?.username ?? link.login
  const former = { link, how: 'unlinked', username, at: now.toISOString() } as const
  const stays =
    user === undefined ? 'which Mattermost does not show' : user.delete_at > 0 ? 'deactivated' : 'active'
  return {
    changes: [{ drop: link.accountId }, { former }],
    told: [
      `'${link.login}' is no longer linked to the Mattermost user '${username}', who stays as it is (${stays})`,
    ],
  }
}

/** Leaves somebody out, by id where the directory has the account. Throws `failed` for somebody who is linked. */
export function ignore(
  login: string,
  account: Account | undefined,
  links: LinkReading,
  now: Date,
): LinkSteps {
  const [linked] = account === undefined ? links.ofLogin(login) : [links.ofAccount(account.id)]
  if (linked !== undefined) {
    throw new TeamchatError(
      'failed',
      `cannot leave '${linked.login}' out: it is linked to a Mattermost user`,
      {
        hint: `teamchat users hold ${login} leaves the user alone; teamchat users unlink ${login} ends the link first`,
      },
    )
  }
  const who = account === undefined ? { login } : { accountId: account.id, login: account.login }
  if (links.ignoredOf(who) !== undefined) {
    return { changes: [], told: [`'${who.login}' is left out already`] }
  }
  const as = account === undefined ? ' (nobody in the directory has that name: by its name)' : ''
  return {
    changes: [{ ignore: { ...who, at: now.toISOString() } }],
    told: [`'${who.login}' is left out${as}`],
  }
}

/** Ends `ignore`, whether it was by id or by name. */
export function unignore(login: string, account: Account | undefined, links: LinkReading): LinkSteps {
  const key = login.trim().toLowerCase()
  const found = links
    .ignored()
    .filter(one => (account !== undefined && one.accountId === account.id) || one.login.toLowerCase() === key)
  const told = found.length === 0 ? `'${login}' is not left out` : `'${login}' is no longer left out`
  const changes = found.map(({ accountId, login }) => ({ heed: { accountId, login } }))
  return { changes, told: [told] }
}

/** Leaves a linked user alone, until then or until `unhold`. */
export function hold(link: Link, until: string | undefined, now: Date): LinkSteps {
  const how = until === undefined ? 'until teamchat users unhold' : `until ${until}`
  const told = [`the Mattermost user of '${link.login}' is left alone ${how}`]
  if (link.hold !== undefined && link.hold.until === until) return { changes: [], told }
  return { changes: [{ put: { ...link, hold: { since: now.toISOString(), until } } }], told }
}

/** Ends `hold`. */
export function unhold(link: Link): LinkSteps {
  if (link.hold === undefined) return { changes: [], told: [`'${link.login}' is not held`] }
  const { hold: _hold, ...rest } = link
  return {
    changes: [{ put: rest }],
    told: [`the Mattermost user of '${link.login}' is no longer left alone`],
  }
}
