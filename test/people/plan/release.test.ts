import t from 'tap'
import type { MattermostUser } from '../../../src/mattermost/types.js'
import { planPeople } from '../../../src/people/plan/plan.js'
import {
  releasedChanges,
  releaseMails,
  releaseValues,
  whyNotReleased,
} from '../../../src/people/plan/release.js'
import type { Link } from '../../../src/people/types.js'
import { account, idOf, link, user } from './people.js'
import { HOUR, type InputParts, NOW, planInput } from './plan-input.js'

const AT = new Date(NOW).toISOString()
const admin = user('root', { roles: 'system_user system_admin' })

t.test('the new name: the day, a number where it is taken, and never too long', async t => {
  const at = { now: new Date(NOW), verification: false }
  const values = (name: string, taken: string[] = []) =>
    releaseValues(user(name), at, one => taken.includes(one))
  t.same(values('ann'), { username: 'ann.until-2026-03-01', email: `${idOf('ann')}@former.invalid` })
  t.equal(values('ann', ['ann.until-2026-03-01']).username, 'ann.until-2026-03-01-2')
  t.equal(
    values('ann', ['ann.until-2026-03-01', 'ann.until-2026-03-01-2']).username,
    'ann.until-2026-03-01-3',
  )
  const long = values('x'.repeat(64), [`${'x'.repeat(47)}.until-2026-03-01`]).username
  t.equal(long, `${'x'.repeat(45)}.until-2026-03-01-2`)
  t.equal(long.length, 64)
  t.equal(values('ann.until-2025-01-01-2').username, 'ann.until-2025-01-01-2', 'done before')
  t.equal(releaseValues(user('ann'), { ...at, verification: true }, () => false).email, undefined)
})

t.test('who keeps the name', async t => {
  const inactive = user('ann', { delete_at: 5 })
  t.equal(whyNotReleased(link('ann'), inactive, NOW), undefined)
  const cases: [Partial<MattermostUser>, Partial<Link>, RegExp][] = [
    [{ delete_at: 0 }, {}, /active/],
    [{ is_bot: true }, {}, /bot/],
    [{ roles: 'system_user system_admin' }, {}, /administrator/],
    [{}, { hold: { since: AT } }, /users hold/],
  ]
  for (const [more, has, why] of cases)
    t.match(whyNotReleased(link('ann', has), { ...inactive, ...more }, NOW), why)
})

t.test('mails, and what is kept', async t => {
  const release = {
    link: link('ann'),
    user: user('ann'),
    values: { username: 'b', email: 'b@former.invalid' },
  }
  t.equal(releaseMails(release, true), 2)
  t.equal(releaseMails(release, false), 0)
  t.equal(releaseMails({ ...release, values: { username: 'b', email: undefined } }, true), 1)
  const former = { former: { link: link('ann'), how: 'released', username: 'ann', at: AT } }
  t.same(releasedChanges(release, true, new Date(NOW)), [{ drop: 'uuid-ann' }, former])
  t.same(releasedChanges(release, false, new Date(NOW)), [former])
})

/** A new ann, while the user 'ann' is a former person's. */
function parts(more: InputParts & { link?: Partial<Link>; user?: Partial<MattermostUser> } = {}): InputParts {
  const { link: has = { deactivated: { by: 'gone', at: AT } }, user: is, ...rest } = more
  return {
    accounts: [account('ann', { id: 'new-ann' }), account('bob')],
    links: [link('ann', has), link('bob', { joinedTeams: [idOf('team')] })],
    users: [user('ann', { delete_at: 5, ...is }), user('bob'), admin],
    releaseNames: true,
    ...rest,
  }
}

function decisionOf(given: InputParts) {
  const plan = planPeople(planInput(given))
  return { decision: plan.decisions.find(one => one.accountId === 'new-ann'), summary: plan.summary }
}

t.test('ReleaseNames: a new person gets the name of somebody who was found gone', async t => {
  const { decision, summary } = decisionOf(parts())
  t.match(decision, {
    kind: 'create',
    username: 'ann',
    email: 'ann@example.org',
    release: { values: { username: 'ann.until-2026-03-01' } },
    reason: /new, ann@example.org; the former person's user 'ann' becomes 'ann.until-2026-03-01'/,
  })
  t.equal(summary.mails, 3, 'a welcome, and two notices')
  const goneFor = (hours: number, goneReads: number) => ({
    goneSince: new Date(NOW - hours * HOUR).toISOString(),
    goneReads,
  })
  for (const has of [{ deactivated: { by: 'user-delete', at: AT } as const }, goneFor(25, 2)])
    t.match(decisionOf(parts({ link: has })).decision, { kind: 'create', release: {} })
  for (const has of [{}, goneFor(25, 1), goneFor(1, 2), { deactivated: { by: 'locked', at: AT } as const }])
    t.match(decisionOf(parts({ link: has })).decision, { kind: 'refuse' }, JSON.stringify(has))
})

const refused: [string, Parameters<typeof parts>[0], RegExp][] = [
  ['not asked for', { releaseNames: false }, /is freed by teamchat users release ann$/],
  ['still active', { user: { delete_at: 0 } }, /freed once it is deactivated by teamchat users release ann/],
  ['an administrator', { user: { roles: 'system_user system_admin' } }, /an administrator keeps its name/],
  [
    'back under another login',
    { accounts: [account('ann', { id: 'new-ann' }), account('ann2', { id: 'uuid-ann' })] },
    /users release ann/,
  ],
  [
    'a read of named people that did not look for the former one',
    { complete: false, accounts: [account('ann', { id: 'new-ann' })] },
    /users release ann/,
  ],
  [
    'its address is another user’s',
    {
      users: [
        user('ann', { delete_at: 5, email: 'a@b.c' }),
        user('eve', { email: 'ann@example.org' }),
        admin,
      ],
    },
    /'eve' has its e-mail address/,
  ],
  [
    'Mattermost keeps the address',
    { mails: { notifications: true, verification: true } },
    /'ann' has its e-mail address ann@example.org/,
  ],
  [
    'unlinked by hand',
    { links: [], former: [{ link: link('ann'), how: 'unlinked', username: 'ann', at: AT }] },
    /belonged to another account.*users release ann/,
  ],
]
for (const [what, more, reason] of refused) {
  t.test(`not released: ${what}`, async t =>
    t.match(decisionOf(parts(more)).decision, { kind: 'refuse', reason }),
  )
}

t.test('a rename to the name of a former person is refused with what frees it', async t => {
  const given = parts({
    accounts: [account('ann', { id: 'uuid-bob' })],
    links: [link('ann'), link('bob', { written: { username: 'bob' } })],
  })
  t.match(
    planPeople(planInput(given)).decisions.find(one => one.accountId === 'uuid-bob')?.reason,
    /the username 'ann' is taken by 'ann'; the name is freed by teamchat users release ann/,
  )
})

t.test('named people: the former one was looked for, and is absent', async t => {
  const given = {
    complete: false,
    accounts: [account('ann', { id: 'new-ann' })],
    absent: new Set(['uuid-ann']),
  }
  t.match(decisionOf(parts(given)).decision, { kind: 'create', release: {} })
})
