import { MattermostRefusal } from '../../mattermost/refusals.js'
import type { UserValues } from '../../mattermost/types.js'
import type { ChangeLinked, Changes, Deactivate, Release } from '../plan/decision.js'
import { releasedChanges } from '../plan/release.js'
import type { Step } from '../plan/renames.js'
import type { Link } from '../types.js'
import { joinPerson, type PersonContext, personFailure } from './person.js'

/**
 * Deactivates a user, which ends the sessions at once. That it was us, and which bots go with it, is on the disk
 * before the request: only whom we deactivated may come back by us, and an answer can be lost.
 */
export async function deactivatePerson(decision: Deactivate, context: PersonContext): Promise<void> {
  const { cause, user, bots } = decision
  const before = currentLink(decision.link, context)
  const at = context.now().toISOString()
  await context.links.put({ ...before, deactivated: { by: cause, at, bots: bots.map(bot => bot.user_id) } })
  try {
    await context.client.setActive(user.id, false)
  } catch (error) {
    if (error instanceof MattermostRefusal && error.status < 500) await context.links.put(before)
    throw error
  }
}

/**
 * Lets a user back in, then the bots that stopped with it. The mark of the deactivation goes last: after a crash the
 * next run finds the owner active and the bots still stopped, and goes on.
 */
export async function reactivatePerson(
  { user, bots, link }: ChangeLinked,
  context: PersonContext,
): Promise<void> {
  if (user.delete_at > 0) await context.client.setActive(user.id, true)
  for (const bot of bots) await context.client.enableBot(bot.user_id)
  const { deactivated: _by, ...rest } = currentLink(link, context)
  await context.links.put({ ...rest, backAt: context.now().toISOString() })
}

/** Writes values of the directory; that they are written is kept afterwards, so that a lost answer repeats them. */
export async function changePerson(
  { user, changes, link }: ChangeLinked,
  context: PersonContext,
): Promise<void> {
  await context.client.updateUser(user.id, valuesOf(changes))
  const before = currentLink(link, context)
  await context.links.put({ ...before, written: { ...before.written, ...changes } })
}

/** Puts a linked user into the team that it was not put into yet. */
export async function finishJoin(
  { link }: ChangeLinked,
  teamId: string,
  context: PersonContext,
): Promise<void> {
  await joinPerson(currentLink(link, context), teamId, context)
}

/** As it is kept by now: an earlier step of the same run may have changed it. */
function currentLink(link: Link, { links }: Pick<PersonContext, 'links'>): Link {
  return links.ofAccount(link.accountId) ?? link
}

function valuesOf({ email, firstName, lastName, position }: Changes): UserValues {
  return {
    ...(email === undefined ? {} : { email }),
    ...(firstName === undefined ? {} : { first_name: firstName }),
    ...(lastName === undefined ? {} : { last_name: lastName }),
    ...(position === undefined ? {} : { position }),
  }
}

/**
 * Renames a former person's user and ends its link. The link goes last: after a crash in between the name is free
 * already, and a second release only ends the link.
 */
export async function releaseUser(
  release: Release,
  isLinked: boolean,
  { client, links, now }: Pick<PersonContext, 'client' | 'links' | 'now'>,
): Promise<void> {
  const { username, email } = release.values
  await client.updateUser(release.user.id, { username, ...(email === undefined ? {} : { email }) })
  await links.change(releasedChanges(release, isLinked, now()))
}

export type Failure = ReturnType<typeof personFailure>

/**
 * Renames people in the order of the plan, one request after the other. What came of each is by user id; undefined:
 * renamed. Where a swap breaks, whoever stepped aside gets the old name back. A process that ends in between leaves a
 * temporary name, which the next plan sees and mends.
 */
export async function runRenames(
  steps: Step[],
  people: ReadonlyMap<string, ChangeLinked>,
  context: PersonContext,
  isOver: () => boolean,
): Promise<Map<string, Failure>> {
  const failed = new Map<string, Failure>()
  const aside = new Set<string>()
  for (const { who, to, temporary } of steps) {
    if (isOver()) break
    const person = people.get(who)
    if (person === undefined || failed.has(who)) continue
    try {
      await context.client.updateUser(who, { username: to })
      if (temporary) aside.add(who)
      else {
        aside.delete(who)
        await keepName(person, to, context)
      }
    } catch (error) {
      const failure = personFailure(error)
      failed.set(who, failure)
      if (failure.ends) return failed
    }
  }
  for (const who of aside) await stepBack(people.get(who), failed, context)
  return failed
}

async function keepName({ link }: ChangeLinked, username: string, context: PersonContext): Promise<void> {
  const before = currentLink(link, context)
  await context.links.put({ ...before, written: { ...before.written, username } })
}

async function stepBack(
  person: ChangeLinked | undefined,
  failed: Map<string, Failure>,
  { client }: PersonContext,
): Promise<void> {
  if (person === undefined) return
  try {
    await client.updateUser(person.user.id, { username: person.user.username })
  } catch (error) {
    const failure = personFailure(error)
    const known = failed.get(person.user.id)?.reason
    const reason = `${known === undefined ? '' : `${known}; `}it has a temporary username until the next run: ${failure.reason}`
    failed.set(person.user.id, { ...failure, reason })
  }
}
