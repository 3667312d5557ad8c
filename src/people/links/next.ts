import type { Settings } from '../../configdb/settings.js'
import { reasonOf } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import type { LinkOutcome } from '../../stories/link-operations.js'
import type { PlanParts } from '../parts.js'
import { loginsMeant } from '../plan/names.js'
import { personPlan } from '../plan/plan.js'
import { isPending } from '../plan/summary.js'
import { planNamed } from '../read.js'

type Next = Pick<LinkOutcome, 'next' | 'mails' | 'notes'>

/** What the next sync does about one person. What cannot be told is a note: the link is changed all the same. */
export async function nextFor(
  parts: PlanParts,
  settings: Settings,
  client: MattermostClient,
  { login, accountId }: { login: string; accountId: string | undefined },
): Promise<Next> {
  try {
    const provider = parts.provider(settings)
    const ids = accountId === undefined ? [] : [accountId]
    const read = await provider.readNamed({ logins: loginsMeant(login), ids })
    const { plan } = await planNamed(parts, settings, client, provider, read)
    const notes: string[] = []
    const isThere = read.accounts.some(one => accountId === undefined || one.id === accountId)
    if (!isThere) notes.push(absent(parts, login, accountId))
    if (isPending(plan.decisions)) notes.push(whenDone(settings, login))
    return { next: plan.decisions.map(personPlan), mails: plan.summary.mails, notes }
  } catch (error) {
    return { next: [], mails: 0, notes: [`what the next sync does cannot be told: ${reasonOf(error)}`] }
  }
}

function absent({ links }: PlanParts, login: string, accountId: string | undefined): string {
  const link = accountId === undefined ? undefined : links.ofAccount(accountId)
  const then =
    link === undefined ? '' : ', so its user is deactivated in time (GoneAfter): teamchat users plan'
  return `'${login}' is not in the directory${then}`
}

function whenDone({ mattermost: { userSync } }: Settings, login: string): string {
  if (userSync === 'full') return 'UserSync is full: the next sync does it'
  if (userSync === 'off') return 'UserSync is off: nobody is changed'
  return `UserSync is events: it is done once an event names it, for example teamchat signal-event user-modify ${login}`
}
