import fc from 'fast-check'
import t from 'tap'
import type { Account } from '../../../src/directory/account.js'
import type { MattermostUser } from '../../../src/mattermost/types.js'
import { isActing } from '../../../src/people/plan/decision.js'
import { planPeople } from '../../../src/people/plan/plan.js'
import { limitOf, rateLimitKindOf } from '../../../src/people/plan/rate-limits.js'
import { needsSeat } from '../../../src/people/plan/seats.js'
import type { Link } from '../../../src/people/types.js'
import { account, idOf, link, user } from './people.js'
import { bot, HOUR, type InputParts, NOW, planInput, rateLimits } from './plan-input.js'

const names = Array.from({ length: 14 }, (_, n) => `p${String.fromCharCode(97 + n)}`)
const logins = [...names, 'PA', 'Pä', 'a b', 'all', 'всё']
const at = (hours: number) => new Date(NOW - hours * HOUR).toISOString()

const anyAccount = fc
  .record({
    id: fc.constantFrom(...names.map(name => `uuid-${name}`), 'uuid-x', 'uuid-y'),
    login: fc.constantFrom(...logins),
    mails: fc.subarray(
      names.map(name => `${name}@example.org`),
      { maxLength: 2 },
    ),
    surname: fc.constantFrom('A', 'B'),
    locked: fc.constantFrom(true, false, false, undefined),
    expired: fc.constantFrom(true, false, false),
    system: fc.constantFrom(true, false, false, false),
    groupOrder: fc.constantFrom(0, 1),
  })
  .map(({ login, ...more }): Account => account(login, more))

const anyUser = (name: string) =>
  fc
    .record({
      present: fc.constantFrom(true, true, true, false),
      delete_at: fc.constantFrom(0, 0, 0, 7),
      is_bot: fc.constantFrom(false, false, false, true),
      roles: fc.constantFrom('system_user', 'system_user', 'system_user system_admin'),
      email: fc.constantFrom(`${name}@example.org`, `${name}@other.test`),
    })
    .map(({ present, ...more }) => (present ? [user(name, more)] : []))

const anyLink = (name: string) =>
  fc
    .record({
      present: fc.constantFrom(true, true, false),
      goneSince: fc.constantFrom(undefined, at(1), at(30)),
      goneReads: fc.constantFrom(0, 1, 2),
      by: fc.constantFrom(undefined, 'locked', 'gone'),
      held: fc.constantFrom(false, false, true),
      known: fc.boolean(),
    })
    .map(({ present, goneSince, goneReads, by, held, known }): Link[] => {
      if (!present) return []
      const written = {
        username: name,
        email: `${name}@example.org`,
        firstName: '',
        lastName: 'A',
        position: '',
      }
      return [
        link(name, {
          ...(goneSince === undefined ? {} : { goneSince, goneReads }),
          ...(by === undefined
            ? {}
            : { deactivated: { by: by as 'gone', at: at(2), bots: [idOf(`bot${name}`)] } }),
          ...(held ? { hold: { since: at(1) } } : {}),
          ...(known ? { written } : {}),
        }),
      ]
    })

const anySite = fc
  .record({
    accounts: fc.uniqueArray(anyAccount, { selector: one => one.id, maxLength: 16 }),
    users: fc.tuple(...names.map(anyUser)).map(all => all.flat()),
    links: fc.tuple(...names.map(anyLink)).map(all => all.flat()),
    bots: fc.subarray(names.map(name => bot(`bot${name}`, name))),
    complete: fc.boolean(),
    locksKnown: fc.boolean(),
    lastCount: fc.constantFrom(undefined, 4, 60),
    maxDeactivate: fc.constantFrom(undefined, 0, 1, 3),
    maxCreate: fc.constantFrom(0, 2, 100),
    recent: fc.subarray(
      names.map(name => `uuid-${name}`),
      { maxLength: 3 },
    ),
    limit: fc.constantFrom(undefined, 5, 12),
  })
  .map(
    ({
      maxDeactivate,
      maxCreate,
      recent,
      limit,
      ...parts
    }): Required<Pick<InputParts, 'accounts' | 'users' | 'links'>> & InputParts => {
      const set = new Set(recent)
      const active = parts.users.filter(one => one.delete_at === 0 && one.is_bot !== true).length
      return {
        ...parts,
        seats: { active, limit },
        rateLimits: rateLimits({ maxDeactivate, maxCreate, recent: { gone: set, hand: set, created: set } }),
      }
    },
  )

function holdsAll(parts: Required<Pick<InputParts, 'accounts' | 'users' | 'links'>> & InputParts): string[] {
  const input = planInput(parts)
  const plan = planPeople(input)
  const broken: string[] = []
  const must = (holds: boolean, text: string) => {
    if (!holds) broken.push(text)
  }
  const linked = new Map(parts.links.map(one => [one.userId, one]))
  const acting = plan.decisions.filter(isActing)
  must(plan.stop === undefined || acting.length === 0, 'a stop stops everybody')
  must(
    new Set(plan.decisions.map(one => one.accountId)).size === plan.decisions.length,
    'one decision a person',
  )
  const leaving = acting.filter(one => one.kind === 'deactivate')
  for (const one of acting) {
    if (one.kind === 'create') {
      must(one.account.locked !== true && !one.account.expired && !one.account.system, 'created: in use')
      continue
    }
    must(one.user.is_bot !== true, `${one.login}: a bot`)
    if (one.kind === 'adopt') {
      must(!linked.has(one.user.id) && one.user.delete_at === 0, 'adopted: unlinked and active')
      continue
    }
    must(linked.has(one.user.id), `${one.kind} ${one.login}: unlinked`)
    must(linked.get(one.user.id)?.hold === undefined, `${one.login}: held`)
    if (one.kind === 'reactivate' && one.user.delete_at > 0) {
      must(input.locksKnown && one.account.locked === false, 'reactivated: known not to be locked')
      must(one.link.deactivated !== undefined, 'reactivated: by us deactivated')
    }
    if (one.kind === 'deactivate') {
      const gone = one.account === undefined
      must(gone || one.account?.locked === true || one.account?.expired === true, 'deactivated: for a reason')
      must(!gone || (input.complete && at(24) >= (one.link.goneSince ?? '')), 'gone for a day')
    } else if (one.user.roles.includes('system_admin')) {
      must(one.username === undefined && one.changes.email === undefined, 'an administrator keeps the name')
    }
  }
  const going = leaving.filter(one => input.administrators.has(one.user.id)).length
  must(going === 0 || going < input.administrators.size, 'an administrator stays')
  const known = parts.links.filter(one => one.deactivated === undefined).length
  for (const kind of ['gone', 'hand', 'created'] as const) {
    const recent = input.rateLimits?.recent[kind] ?? new Set()
    const fresh = acting.filter(one => rateLimitKindOf(one) === kind && !recent.has(one.accountId)).length
    const room = limitOf(kind, known, input.rateLimits ?? rateLimits()) - recent.size
    must(fresh <= Math.max(0, room), `${kind}: ${fresh} of ${room}`)
  }
  const coming = acting.filter(needsSeat).length
  const { active, limit } = input.seats ?? { active: 0, limit: undefined }
  if (limit !== undefined) must(coming <= Math.max(0, limit - active + leaving.length), 'seats')
  return [...broken, ...takenNames(parts.users, plan.renames)]
}

/** Each rename, in its order, onto a name that is free. */
function takenNames(users: MattermostUser[], renames: { who: string; to: string }[]): string[] {
  const names = new Map(users.map(one => [one.id, one.username]))
  return renames.flatMap(({ who, to }) => {
    const taken = [...names].some(([id, name]) => id !== who && name === to)
    names.set(who, to)
    return taken ? [`the name ${to} is taken`] : []
  })
}

t.test('whatever the directory and Mattermost look like', async t => {
  fc.assert(
    fc.property(anySite, parts => {
      const broken = holdsAll(parts)
      if (broken.length > 0) throw new Error(broken.join('; '))
    }),
    { numRuns: 3000 },
  )
  t.pass('3000 sites')
})

t.test('the order of what was read does not matter', async t => {
  fc.assert(
    fc.property(anySite, parts => {
      const plan = planPeople(planInput(parts))
      const bots = [...(parts.bots ?? [])].reverse()
      const again = planPeople(
        planInput({
          ...parts,
          accounts: [...parts.accounts].reverse(),
          users: [...parts.users].reverse(),
          links: [...parts.links].reverse(),
          bots,
        }),
      )
      const sorted = (links: Link[]) => [...links].sort((a, b) => (a.accountId < b.accountId ? -1 : 1))
      if (
        JSON.stringify({ ...plan, seen: sorted(plan.seen) }) !==
        JSON.stringify({ ...again, seen: sorted(again.seen) })
      )
        throw new Error('another plan')
    }),
    { numRuns: 500 },
  )
  t.pass('500 sites')
})
