import fc from 'fast-check'
import t from 'tap'
import type { Account } from '../../../src/directory/account.js'
import type { MattermostUser } from '../../../src/mattermost/types.js'
import { LinkTable } from '../../../src/people/links/link-table.js'
import { dropMissing, planRelink, type RelinkInput } from '../../../src/people/plan/relink.js'
import type { LinkChange } from '../../../src/people/types.js'
import { account, idOf, link, user } from './people.js'

const AT = '2026-03-01T12:00:00.000Z'

function table(...changes: LinkChange[]): LinkTable {
  return new LinkTable().after(changes)
}

function byId(...users: MattermostUser[]): Map<string, MattermostUser> {
  return new Map(users.map(one => [one.id, one]))
}

/** The same login under another id. */
function anew(login: string, more: Partial<Account> = {}): Account {
  return account(login, { id: `new-${login.toLowerCase()}`, ...more })
}

function input(more: Partial<RelinkInput> = {}): RelinkInput {
  return {
    accounts: [anew('ann')],
    links: table({ put: link('ann') }),
    users: byId(user('ann')),
    names: [],
    provider: 'ldap://new',
    rules: { domainName: 'example.org', emailFrom: 'mail' },
    now: new Date(AT),
    ...more,
  }
}

t.test('the same name and address under a new id, while the former id is gone', async t => {
  const before = link('ann', {
    goneSince: AT,
    goneReads: 2,
    joinedTeams: [idOf('team')],
    written: { email: 'x' },
  })
  const links = table({ put: before })
  const plan = planRelink(input({ links, accounts: [anew('Ann')] }))
  t.same(plan.people, [{ login: 'Ann', username: 'ann', from: 'uuid-ann', to: 'new-ann', remark: '' }])
  const after = links.after(plan.changes)
  t.same(after.all(), [
    {
      ...link('Ann', { joinedTeams: [idOf('team')], written: { email: 'x' } }),
      ...{ provider: 'ldap://new', accountId: 'new-ann', userId: idOf('ann'), displayName: 'Ann' },
    },
  ])
  t.match(after.former(), [{ how: 'relinked', link: { accountId: 'uuid-ann' } }])

  // And back again, as with a directory that was restored after all.
  const back = planRelink(input({ links: after, accounts: [account('ann')] }))
  t.match(after.after(back.changes).all(), [{ accountId: 'uuid-ann', userId: idOf('ann') }])
})

const cases: [string, Partial<RelinkInput>, { people?: string[]; left?: RegExp }][] = [
  ['the former id is there as well', { accounts: [account('ann'), anew('ann')] }, {}],
  ['nobody has the name', { accounts: [anew('bob')] }, {}],
  ['a system account', { accounts: [anew('ann', { system: true })] }, {}],
  [
    'another address',
    { accounts: [anew('ann', { mails: ['a@b.c'] })] },
    { left: /is ann@example.org.* a@b.c.*users relink ann/ },
  ],
  [
    'another address, and named',
    { accounts: [anew('ann', { mails: ['a@b.c'] })], names: ['ANN'] },
    { people: ['ann'] },
  ],
  [
    'the address that was written, changed in Mattermost since',
    {
      links: table({ put: link('ann', { written: { email: 'ann@example.org' } }) }),
      users: byId(user('ann', { email: 'own@else.where' })),
    },
    { people: ['ann'] },
  ],
  ['two accounts', { accounts: [anew('ann'), anew('ann', { id: 'third' })] }, { left: /several accounts/ }],
  ['no user', { users: byId() }, { left: /relink --forget-missing/ }],
  ['a bot', { users: byId(user('ann', { is_bot: true })) }, { left: /not in Mattermost/ }],
  [
    'a former and a later person of that name: the address tells',
    {
      links: table({ put: link('ann') }, { put: link('ann', { accountId: 'old', userId: idOf('old') }) }),
      users: byId(user('ann'), user('old')),
    },
    { people: ['ann'] },
  ],
  [
    'two of that name, and no address tells, not even where named',
    {
      accounts: [anew('ann', { mails: ['a@b.c'] })],
      names: ['ann'],
      links: table({ put: link('ann') }, { put: link('ann', { accountId: 'old', userId: idOf('old') }) }),
      users: byId(user('ann'), user('old')),
    },
    { left: /several users .*'ann', 'old'/ },
  ],
  [
    'unlinked by hand: not by itself',
    { links: table({ former: { link: link('ann'), how: 'unlinked', username: 'ann', at: AT } }) },
    {},
  ],
  [
    'unlinked by hand, and named',
    {
      links: table({ former: { link: link('ann'), how: 'unlinked', username: 'ann', at: AT } }),
      names: ['ann'],
    },
    { people: ['ann'] },
  ],
  ['another one is named', { names: ['bob'] }, { left: /no account without a link has that name/ }],
  [
    'a name that was never linked',
    { accounts: [anew('bob')], names: ['bob'] },
    { left: /nobody of that name was linked/ },
  ],
]

for (const [what, more, { people = [], left }] of cases) {
  t.test(what, async t => {
    const given = input(more)
    const plan = planRelink(given)
    t.same(
      plan.people.map(one => one.username),
      people,
    )
    if (left === undefined) t.same(plan.left, [])
    else t.match(plan.left, [{ reason: left }])
    t.equal(plan.left.length, left === undefined ? 0 : 1)
    const after = table(
      ...given.links.all().map(put => ({ put })),
      ...given.links.former().map(former => ({ former })),
    ).after(plan.changes)
    for (const name of people) t.match(after.ofUser(idOf(name)), { accountId: `new-${name}` })
  })
}

t.test(
  'whatever is there: no user gets two people, nobody two users, and nobody present loses theirs',
  async () => {
    const login = fc.constantFrom('a', 'b', 'c', 'd')
    const people = fc.uniqueArray(fc.record({ login, n: fc.nat(4), gone: fc.boolean(), mail: login }), {
      maxLength: 12,
      selector: ({ login: name, n }) => `${name}${n}`,
    })
    const accounts = fc.uniqueArray(fc.record({ login, n: fc.nat(4), mail: login }), {
      maxLength: 8,
      selector: ({ login: name, n }) => `${name}${n}`,
    })
    const names = fc.uniqueArray(login)
    fc.assert(
      fc.property(people, accounts, names, (linked, found, named) => {
        const own = linked.map(({ login: name, n }) =>
          link(name, { accountId: `${name}${n}`, userId: idOf(`${name}${n}x`) }),
        )
        const links = table(...own.map(put => ({ put })))
        const users = byId(
          ...linked
            .filter(one => !one.gone)
            .map(({ login: name, n, mail }) => user(`${name}${n}x`, { email: `${mail}${n}@example.org` })),
        )
        const there = found.map(({ login: name, n, mail }) =>
          account(name, { id: `${name}${n}`, mails: [`${mail}${n}@example.org`] }),
        )
        const plan = planRelink(input({ accounts: there, links, users, names: named }))
        // It throws where two would share one.
        const after = links.after(plan.changes)
        const ids = new Set(there.map(one => one.id))
        const kept = own.filter(one => ids.has(one.accountId))
        return (
          after.size === links.size &&
          kept.every(one => after.ofAccount(one.accountId)?.userId === one.userId) &&
          plan.people.every(
            ({ from, to }) => !ids.has(from) && ids.has(to) && users.has(links.ofAccount(from)?.userId ?? ''),
          )
        )
      }),
    )
  },
)

t.test('links without a user are dropped, and nothing else', async t => {
  const links = table({ put: link('ann') }, { put: link('bob') }, { put: link('eve') })
  const { logins, changes } = dropMissing(links, byId(user('bob')))
  t.same(logins, ['ann', 'eve'])
  t.same(links.after(changes).all(), [link('bob')])
})
