import { MattermostRefusal } from '../../mattermost/refusals.js'
import type { UserValues } from '../../mattermost/types.js'
import type { ChangeLinked, Changes, Deactivate } from '../plan/decision.js'
import type { Link } from '../types.js'
import { joinPerson, type PersonContext } from './person.js'

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
export function currentLink(link: Link, { links }: Pick<PersonContext, 'links'>): Link {
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
