import type { ChangeLinked } from '../plan/decision.js'
import type { Step } from '../plan/moves.js'
import { type PersonContext, personFailure } from './person.js'
import { currentLink } from './person-linked.js'

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
