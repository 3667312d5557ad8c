import t from 'tap'
import type { Account } from '../../../src/directory/account.js'
import type { Decision } from '../../../src/people/plan/decision.js'
import { planPeople } from '../../../src/people/plan/plan.js'
import { seatTrouble, userLimit } from '../../../src/people/plan/seats.js'
import { account, link, user } from './people.js'
import { HOUR, type InputParts, NOW, planInput } from './plan-input.js'

const logins = (count: number) => Array.from({ length: count }, (_, n) => `p${String(n).padStart(3, '0')}`)
const long = { goneSince: new Date(NOW - 48 * HOUR).toISOString(), goneReads: 2 }

/** `linked` people, of whom the first ones are gone for long, or seen in another way. */
function site(
  linked: number,
  gone: number,
  seen: (login: string) => Partial<Account> = () => ({}),
): InputParts {
  const names = logins(linked)
  return {
    accounts: names.slice(gone).map(login => account(login, seen(login))),
    users: names.map(name => user(name)),
    links: names.map(login => link(login, long)),
    team: undefined,
  }
}

function kinds(parts: InputParts): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind, ...more } of planPeople(planInput(parts)).decisions) {
    const name = 'cause' in more && kind === 'hold' ? `hold:${more.cause}` : kind
    if (kind !== 'skip') counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

t.test('gone: a tenth, at most 5, at least 2; more than that at once changes none of them', async t => {
  const table: [number, number, Record<string, number>][] = [
    [10, 2, { deactivate: 2 }],
    [10, 3, { 'hold:brake': 3 }],
    [40, 4, { deactivate: 4 }],
    [40, 5, { 'hold:brake': 5 }],
    [100, 5, { deactivate: 5 }],
    [1000, 6, { 'hold:brake': 6 }],
  ]
  for (const [linked, gone, expected] of table)
    t.same(kinds(site(linked, gone)), expected, `${gone} of ${linked}`)
  t.same(kinds({ ...site(100, 4), rateLimits: { recent: recent('gone', ['x', 'y']) } }), { 'hold:brake': 4 })
  t.same(
    kinds({
      ...site(100, 4),
      rateLimits: { recent: recent('gone', ['uuid-p000', 'uuid-p001', 'uuid-p002', 'x']) },
    }),
    { deactivate: 4 },
    'whoever was let through within the hour does not count twice',
  )
})

t.test('locked: a tenth, at least 5; the first by name pass, the others wait', async t => {
  const locked = () => ({ locked: true })
  t.same(kinds(site(20, 0, locked)), { deactivate: 5, 'hold:brake': 15 })
  t.same(kinds(site(100, 0, locked)), { deactivate: 10, 'hold:brake': 90 })
  t.same(kinds({ ...site(20, 0, locked), rateLimits: { maxDeactivate: 1 } }), {
    deactivate: 1,
    'hold:brake': 19,
  })
  t.same(kinds({ ...site(20, 0, locked), rateLimits: { maxDeactivate: 0 } }), { 'hold:brake': 20 })
  t.same(kinds({ ...site(20, 0, locked), rateLimits: undefined }), { deactivate: 20 }, 'a watched command')
  const plan = planPeople(planInput(site(20, 0, locked)))
  t.match(
    plan.decisions.find(one => one.kind === 'hold')?.reason,
    /'p005': locked in the directory; waits for teamchat users sync --confirm: 20 people are .*MaxDeactivate lets through in an hour \(5\)/,
  )
})

t.test('new: MaxCreate, by group and name; what is held does not hold up the rest', async t => {
  const accounts = logins(6).map(login => account(login, { groupOrder: login === 'p005' ? 0 : 1 }))
  const locked = account('zed', { locked: true })
  const parts: InputParts = {
    accounts: [...accounts, locked],
    users: [user('zed')],
    links: [link('zed')],
    rateLimits: { maxCreate: 2 },
  }
  t.same(kinds(parts), { create: 2, deactivate: 1, 'hold:brake': 4 })
  const created = planPeople(planInput(parts)).decisions.filter(one => one.kind === 'create')
  t.same(
    created.map(one => one.login),
    ['p000', 'p005'],
  )
  const confirmed = new Set(['created uuid-p001', 'created uuid-p002', 'hand uuid-p003'])
  t.same(kinds({ ...parts, rateLimits: { maxCreate: 2, confirmed } }), {
    create: 4,
    deactivate: 1,
    'hold:brake': 2,
  })
})

t.test('an answer of less than a half of the last one changes nobody', async t => {
  const parts = { ...site(100, 60, () => ({ locked: true })), lastCount: 100 }
  const plan = planPeople(planInput(parts))
  t.match(plan.stop, { cause: 'half', reason: /shows 40 accounts, and 100 at the last full read/ })
  t.same(plan.seen, [], 'it is no read that counts')
  t.same(kinds(parts), { 'hold:stopped': 100 })
  t.equal(planPeople(planInput({ ...parts, lastCount: 80 })).stop, undefined, 'a half is')
  t.equal(planPeople(planInput({ ...parts, complete: false })).stop, undefined)
})

t.test('names known, ids new: nobody is changed, and relink is named', async t => {
  const remade = (count: number, linked: number): InputParts => {
    const parts = site(linked, 0)
    const accounts =
      parts.accounts?.map((one, n) => (n < count ? { ...one, id: `new-${one.id}` } : one)) ?? []
    return {
      ...parts,
      accounts: [...accounts, account('newcomer'), account('zz', { locked: true })],
      links: [...(parts.links ?? []), link('zz')],
      users: [...(parts.users ?? []), user('zz')],
    }
  }
  const plan = planPeople(planInput(remade(20, 20)))
  t.match(plan.stop, { cause: 'ids', hint: /teamchat users relink/, reason: /names known, ids new/ })
  t.same(
    plan.decisions.filter(one => one.kind === 'create' || one.kind === 'deactivate'),
    [],
  )
  t.same(plan.seen, [])
  t.match(planPeople(planInput(remade(10, 200))).stop, { cause: 'ids' })
  t.equal(planPeople(planInput(remade(1, 20))).stop, undefined, 'one person made anew is one person')
})

t.test('seats: who comes first by group, then by name; leaving frees', async t => {
  const seats = { active: 249, limit: 250 }
  const accounts = [account('b'), account('a'), account('c', { groupOrder: 0 })].map((one, n) =>
    n < 2 ? { ...one, groupOrder: 1 } : one,
  )
  const told = (parts: InputParts) =>
    planPeople(planInput(parts)).decisions.map((one: Decision) => `${one.kind} ${one.login}`)
  t.same(told({ accounts, seats }), ['refuse a', 'refuse b', 'create c'])
  const gone = account('gone', { locked: true })
  t.same(told({ accounts: [...accounts, gone], seats, users: [user('gone')], links: [link('gone')] }), [
    'create a',
    'refuse b',
    'create c',
    'deactivate gone',
  ])
  t.same(told({ accounts, seats: { active: 9000, limit: undefined } }), ['create a', 'create b', 'create c'])
})

t.test('above the limit: nobody comes, renames and deactivations go through', async t => {
  const back = { deactivated: { by: 'locked', at: '2026-01-01T00:00:00.000Z' } } as const
  const plan = planPeople(
    planInput({
      accounts: [
        account('anna', { id: 'uuid-ann' }),
        account('bob', { locked: true }),
        account('carl'),
        account('dora2', { id: 'uuid-dora' }),
        account('new'),
      ],
      users: [user('ann'), user('bob'), user('carl', { delete_at: 4 }), user('dora', { delete_at: 4 })],
      links: [link('ann'), link('bob'), link('carl', back), link('dora', back)],
      seats: { active: 810, limit: 250 },
      team: undefined,
    }),
  )
  t.same(
    plan.decisions.map(one => `${one.kind} ${one.login}`),
    ['rename anna', 'deactivate bob', 'refuse carl', 'rename dora2', 'refuse new'],
  )
  t.match(plan.decisions[2]?.reason, /limit of active users is reached \(250, and 810 are active\)/)
  t.same(
    plan.renames.map(step => step.to),
    ['anna', 'dora2'],
  )
  t.equal(
    seatTrouble({ active: 810, limit: 250 }, '11.2.0'),
    'Mattermost has 810 active users, and version 11.2.0 of its Team Edition admits 250: nobody can be created or reactivated; renaming and deactivating still work',
  )
  t.match(seatTrouble({ active: 250, limit: 250 }, '11.2.0'), /no seat is left/)
  t.equal(seatTrouble({ active: 249, limit: 250 }, '11.2.0'), undefined)
})

t.test('the limit of a version', async t => {
  const table: [string, number | undefined][] = [
    ['11.0.0', 250],
    ['12.1.0', 250],
    ['10.11.3', 5000],
    ['10.6.0', 5000],
    ['10.5.9', undefined],
    ['9.11.1', undefined],
    ['', undefined],
    ['odd', undefined],
  ]
  for (const [version, limit] of table) t.equal(userLimit({ version, teamEdition: true }), limit, version)
  t.equal(userLimit({ version: '11.0.0', teamEdition: false }), undefined)
})

function recent(kind: 'gone' | 'hand' | 'created', ids: string[]) {
  const none = { gone: new Set<string>(), hand: new Set<string>(), created: new Set<string>() }
  return { ...none, [kind]: new Set(ids) }
}
