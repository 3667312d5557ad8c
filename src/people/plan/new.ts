import type { Account } from '../../directory/account.js'
import { TeamchatError } from '../../errors.js'
import type { MattermostUser } from '../../mattermost/types.js'
import { about, type Decision, type Release, refuse, skip } from './decision.js'
import type { PlanView } from './input.js'
import { usernameOf } from './names.js'
import { automaticRelease, freed, releaseWords } from './release.js'
import { isPrivileged } from './user-index.js'
import { acceptedMails, mailOf } from './values.js'

const NO_DOMAIN =
  'no e-mail address: it has no mail, and DomainName is not set (teamchat config set DomainName example.org)'

/** Who has a username or an e-mail address once the people of this plan have been renamed. */
export interface Holders {
  ofUsername: (username: string) => MattermostUser | undefined
  ofEmail: (email: string) => MattermostUser | undefined
}

/**
 * Decides about an account without a link: created, or linked to the user who is surely the same person, or refused.
 * Somebody without a `mail` cannot be created while DomainName is not set. Nobody watches an automatic run: others, and
 * those who are locked above all, must not wait for that. For the bulk command it throws `settings.invalid`, since half
 * of an import is worse than a line to correct.
 */
export function decideNew(account: Account, view: PlanView, holders: Holders): Decision {
  if (view.isIgnored(account)) return skip('ignored', account, 'left out by teamchat users ignore')
  // An unknown lock counts as none; that locks are unknown is said once, by whoever read the directory.
  if (account.locked === true) return skip('locked', account, 'locked in the directory')
  if (account.expired) return skip('expired', account, 'the account has ended')
  const username = usernameOf(account.login)
  if ('unusable' in username) return refuse('impossible', account, username.unusable)
  const others = (view.claims.get(username.value) ?? []).filter(other => other !== account)
  if (others.length > 0) {
    const who = others.map(other => other.dn || other.login).join('; ')
    const reason = `another account has the same username '${username.value}': ${who}`
    return refuse('impossible', account, reason)
  }
  const mail = mailOf(account, view.domainName, view.emailFrom)
  if ('noDomain' in mail) {
    if (view.rateLimits !== undefined) return refuse('setting', account, NO_DOMAIN)
    throw new TeamchatError(
      'settings.invalid',
      `cannot give '${account.login}' an e-mail address: it has no mail, and DomainName is not set`,
      { hint: 'teamchat config set DomainName example.org, or add a mail to the account' },
    )
  }
  if ('unusable' in mail) return refuse('impossible', account, mail.unusable)
  const user = holders.ofUsername(username.value)
  if (user !== undefined) {
    const release = automaticRelease(user, view)
    if (release === undefined) return decideExisting(account, user, mail.value, view)
    return decideReleased(account, { username: username.value, email: mail.value }, release, holders)
  }
  const holder = holders.ofEmail(mail.value)
  if (holder !== undefined) {
    return refuse('impossible', account, mailTaken(holder, mail.value, view))
  }
  const { value } = username
  const as = value === account.login ? '' : ` as '${value}'`
  const reason = `new${as}, ${mail.value}`
  return { kind: 'create', ...about(account), account, username: value, email: mail.value, reason }
}

/** Of several new people with one e-mail address the first by login gets it: Mattermost admits it only once. */
export function withoutSharedMails(decisions: Decision[]): Decision[] {
  const taken = new Map<string, Account>()
  return decisions.map(decision => {
    if (decision.kind !== 'create') return decision
    const first = taken.get(decision.email)
    if (first === undefined) {
      taken.set(decision.email, decision.account)
      return decision
    }
    const reason = `'${first.login}' has the same e-mail address ${decision.email}`
    return refuse('impossible', decision.account, reason)
  })
}

/** A former person's user makes room; its e-mail address is free then as well, unless Mattermost keeps it. */
function decideReleased(
  account: Account,
  { username, email }: { username: string; email: string },
  release: Release,
  holders: Holders,
): Decision {
  const holder = holders.ofEmail(email)
  if (holder !== undefined && (holder.id !== release.user.id || release.values.email === undefined)) {
    const reason = `the Mattermost user '${holder.username}' has its e-mail address ${email}`
    return refuse('impossible', account, reason)
  }
  const reason = `new, ${email}; ${releaseWords(release)}`
  return { kind: 'create', ...about(account), account, username, email, release, reason }
}

function mailTaken(holder: MattermostUser, email: string, view: PlanView): string {
  const taken = `the Mattermost user '${holder.username}' has its e-mail address ${email}`
  return view.linkTo.has(holder.id) && holder.delete_at > 0 ? `${taken}${freed(holder)}` : taken
}

function decideExisting(account: Account, user: MattermostUser, email: string, view: PlanView): Decision {
  const conflict = (why: string) => refuse('conflict', account, why)
  const name = `the Mattermost user '${user.username}'`
  const former = view.formerTo.get(user.id)
  if (view.linkTo.has(user.id)) {
    const whose = 'belongs to another account of the directory, of a former person of that name'
    return conflict(`${name} ${whose}${freed(user)}`)
  }
  if (former !== undefined && former.link.accountId !== account.id) {
    const whose = 'belonged to another account of the directory, of a former person of that name'
    return conflict(`${name} ${whose}${freed(user)}`)
  }
  if (former !== undefined) {
    return conflict(`${name} was linked to it before: teamchat users link ${account.login}`)
  }
  if (user.is_bot === true) return conflict(`${name} is a bot`)
  const byHand = `if it is the same person: teamchat users link ${account.login}`
  if (user.delete_at > 0) return conflict(`${name} exists and is deactivated; ${byHand}`)
  if (isPrivileged(user)) {
    return conflict(`${name} exists and is an administrator; ${byHand} ${user.username}`)
  }
  const mails = [email, ...acceptedMails(account, view.domainName, view.emailFrom)]
  if (!mails.includes(user.email.toLowerCase())) {
    return conflict(
      `${name} exists with the e-mail address ${user.email}, the directory has ${email}; ${byHand}`,
    )
  }
  return {
    kind: 'adopt',
    ...about(account),
    account,
    user,
    reason: `${name} exists with the same e-mail address`,
  }
}
