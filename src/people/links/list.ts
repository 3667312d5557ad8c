import type { LinkedPerson, LinkOutcome, UserList } from '../../api/contract/links.js'
import type { Settings } from '../../configdb/settings.js'
import { byByteOrder } from '../../directory/byte-order.js'
import { reasonOf } from '../../errors.js'
import type { MattermostUser } from '../../mattermost/types.js'
import type { PeopleParts, PeopleRun, PlanParts } from '../parts.js'
import { isHeld } from '../plan/linked.js'
import { loginsMeant } from '../plan/names.js'
import { personPlan } from '../plan/plan.js'
import { isPending } from '../plan/summary.js'
import { planNamed } from '../read.js'
import type { Link } from '../types.js'

/** Everybody who is linked, left out, or was linked, by login. Without Mattermost what it would say is unknown. */
export async function listUsers(parts: PeopleParts): Promise<UserList> {
  await parts.links.load()
  const notes: string[] = []
  const users = await usersById(parts).catch((error: unknown) => {
    notes.push(`Mattermost cannot be asked: ${reasonOf(error)}`)
    return undefined
  })
  const people = parts.links.all().map(link => personOf(link, users, parts.now()))
  const { ignored, former } = { ignored: parts.links.ignored(), former: parts.links.former() }
  return {
    people: people.sort((a, b) => byByteOrder(a.login, b.login)),
    ignored: ignored.sort((a, b) => byByteOrder(a.login, b.login)),
    former: former.sort((a, b) => byByteOrder(a.link.login, b.link.login)),
    notes,
  }
}

async function usersById(parts: PeopleParts): Promise<Map<string, MattermostUser>> {
  const client = parts.mattermost(await parts.settings())
  return new Map((await client.users()).map(user => [user.id, user]))
}

function personOf(link: Link, users: Map<string, MattermostUser> | undefined, now: Date): LinkedPerson {
  const { login, accountId, userId, origin, linkedAt } = link
  const user = users?.get(userId)
  const state =
    users === undefined
      ? 'unknown'
      : user === undefined
        ? 'missing'
        : user.delete_at > 0
          ? 'deactivated'
          : 'active'
  const username = user?.username
  return { login, accountId, userId, username, state, origin, linkedAt, remarks: remarksOf(link, now) }
}

const RULES = {
  'user-delete': 'deleted',
  gone: 'gone from the directory',
  locked: 'locked',
  expired: 'the account has ended',
  sessions: 'for a moment, to end the sessions',
}

function remarksOf(link: Link, now: Date): string[] {
  const { hold, goneSince, deactivated } = link
  const remarks: string[] = []
  if (isHeld(link, now.getTime()))
    remarks.push(hold?.until === undefined ? 'held' : `held until ${hold.until}`)
  if (goneSince !== undefined) remarks.push(`not in the directory since ${goneSince}`)
  if (deactivated !== undefined)
    remarks.push(`deactivated by teamchatd ${deactivated.at}: ${RULES[deactivated.by]}`)
  return remarks
}

type Next = Pick<LinkOutcome, 'next' | 'mails' | 'notes'>

/** The next sync's decision about one person. What cannot be told is a note: the link is changed all the same. */
export async function nextFor(
  run: PeopleRun<PlanParts>,
  { login, accountId }: { login: string; accountId: string | undefined },
): Promise<Next> {
  const { parts, settings } = run
  try {
    const provider = parts.provider(settings)
    const ids = accountId === undefined ? [] : [accountId]
    const read = await provider.readNamed({ logins: loginsMeant(login), ids })
    const { plan } = await planNamed(run, provider, read)
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
