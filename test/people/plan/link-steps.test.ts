import t from 'tap'
import { LinkTable } from '../../../src/people/links/link-table.js'
import {
  hold,
  ignore,
  type LinkFacts,
  linkByHand,
  unhold,
  unignore,
  unlink,
} from '../../../src/people/plan/link-steps.js'
import type { LinkChange, Tombstone } from '../../../src/people/types.js'
import { account, idOf, link, user } from './people.js'

const NOW = new Date('2026-03-01T12:00:00.000Z')
const AT = NOW.toISOString()

function table(...changes: LinkChange[]): LinkTable {
  return new LinkTable().after(changes)
}

function former(login: string, how: Tombstone['how'] = 'unlinked'): LinkChange {
  return { former: { link: link(login), how, username: login, at: AT } }
}

function facts(more: Partial<LinkFacts> = {}): LinkFacts {
  return {
    account: account('pluto'),
    user: user('pluto'),
    named: false,
    links: table(),
    linkedUser: undefined,
    provider: 'ldap://127.0.0.1',
    rules: { domainName: 'example.org', emailFrom: 'mail' },
    now: NOW,
    ...more,
  }
}

const admin = user('pluto', { roles: 'system_user system_admin' })

const refused: [string, Partial<LinkFacts>, RegExp, RegExp][] = [
  ['a bot', { user: user('pluto', { is_bot: true }) }, /is a bot/, /person/],
  [
    'a user of somebody else',
    { links: table({ put: link('old', { userId: idOf('pluto') }) }) },
    /'pluto' belongs to 'old' \(uuid-old\)/,
    /never given to another/,
  ],
  [
    'a user who once was somebody else',
    {
      links: table({
        former: { link: link('old', { userId: idOf('pluto') }), how: 'unlinked', username: 'pluto', at: AT },
      }),
    },
    /'pluto' belonged to 'old' \(uuid-old\) before/,
    /never given to another/,
  ],
  ['an administrator who was not named', { user: admin }, /is an administrator/, /users link pluto pluto/],
  [
    'somebody who has a user',
    { links: table({ put: link('pluto', { userId: idOf('other') }) }), linkedUser: user('other') },
    /linked to the Mattermost user 'other' already/,
    /users unlink pluto/,
  ],
]

for (const [what, more, message, hint] of refused) {
  t.test(`refused: ${what}`, async t => {
    t.throws(() => linkByHand(facts(more)), { code: 'failed', message, hint })
  })
}

const done: [string, Partial<LinkFacts>, LinkChange[], string[]][] = [
  [
    'one whom the rule would not adopt',
    { user: user('dog', { email: 'dog@else.where' }) },
    [{ put: linked('dog') }],
    [
      "'pluto' is linked to the Mattermost user 'dog'",
      "the username 'dog' and the e-mail address dog@else.where stay until the directory changes its own",
    ],
  ],
  ['an administrator who was named', { user: admin, named: true }, [{ put: linked('pluto') }], [TIED()]],
  ['a deactivated one', { user: user('pluto', { delete_at: 5 }) }, [{ put: linked('pluto') }], [TIED()]],
  ['who is linked so already', { links: table({ put: link('pluto') }) }, [], [`${TIED()} already`]],
  [
    'who was left out',
    { links: table({ ignore: { login: 'Pluto', at: AT } }) },
    [{ heed: { accountId: undefined, login: 'Pluto' } }, { put: linked('pluto') }],
    [TIED(), 'it is no longer left out'],
  ],
  [
    'in place of a user that is gone for good',
    { links: table({ put: link('pluto', { userId: idOf('other') }) }) },
    [{ drop: 'uuid-pluto' }, { put: linked('pluto') }],
    [TIED(), `its former user (${idOf('other')}) is not in Mattermost any more`],
  ],
]

function TIED(): string {
  return "'pluto' is linked to the Mattermost user 'pluto'"
}

function linked(username: string) {
  return link('pluto', {
    displayName: 'pluto',
    userId: idOf(username),
    origin: 'linked',
    linkedAt: AT,
    written: {
      username: 'pluto',
      email: 'pluto@example.org',
      firstName: '',
      lastName: 'pluto',
      position: '',
    },
  })
}

for (const [what, more, changes, told] of done) {
  t.test(`linked: ${what}`, async t => {
    const given = facts(more)
    const steps = linkByHand(given)
    t.same(steps.changes, changes)
    t.same(steps.told, told)
    const after = table(...[...given.links.all()].map(put => ({ put }))).after(steps.changes)
    t.equal(after.ofAccount('uuid-pluto')?.userId, given.user.id)
  })
}

t.test(
  'the same two again: teams are not joined twice, and who was deactivated by us may come back',
  async t => {
    const before = link('pluto', {
      joinedTeams: [idOf('team')],
      deactivated: { by: 'locked', at: AT },
      hold: { since: AT },
      goneSince: AT,
    })
    const first = table({ put: before })
    const links = first.after(unlink(before, user('pluto'), NOW).changes)
    t.equal(links.ofAccount('uuid-pluto'), undefined)
    t.match(links.formerOfUser(idOf('pluto')), { how: 'unlinked', username: 'pluto', link: before })

    const again = links.after(linkByHand(facts({ links, user: user('pluto', { delete_at: 5 }) })).changes)
    t.same(again.former(), [])
    const { joinedTeams, deactivated, hold: held, goneSince } = again.ofAccount('uuid-pluto') ?? {}
    t.same(
      { joinedTeams, deactivated },
      { joinedTeams: [idOf('team')], deactivated: { by: 'locked', at: AT } },
    )
    t.same([held, goneSince], [undefined, undefined])
    const active = links.after(linkByHand(facts({ links })).changes)
    t.equal(active.ofAccount('uuid-pluto')?.deactivated, undefined, 'somebody has let the user in again')
  },
)

t.test('a preview leaves the links as they are', async t => {
  const links = table({ put: link('ann') }, { ignore: { login: 'bob', at: AT } }, former('eve'))
  const after = links.after([{ drop: 'uuid-ann' }, { heed: { login: 'bob' } }, { forget: idOf('eve') }])
  t.same([after.all(), after.ignored(), after.former()], [[], [], []])
  t.same([links.size, links.ignored().length, links.former().length], [1, 1, 1])
  t.throws(
    () => links.after([{ put: link('eva', { userId: idOf('eve') }) }]),
    /linked to another account before/,
  )
})

t.test('an account that was relinked keeps its user, although the tombstone is of the other id', async t => {
  const links = table(former('pluto', 'relinked'), { put: link('pluto', { accountId: 'uuid-new' }) })
  t.equal(
    links.after([{ put: link('pluto', { accountId: 'uuid-new', login: 'dog' }) }]).ofUser(idOf('pluto'))
      ?.login,
    'dog',
  )
})

t.test('left out by id, or by name where nobody has it', async t => {
  const steps = ignore('PLUTO', account('pluto'), table(), NOW)
  t.same(steps.changes, [{ ignore: { accountId: 'uuid-pluto', login: 'pluto', at: AT } }])
  const byName = ignore('Nobody', undefined, table(), NOW)
  t.same(byName.changes, [{ ignore: { login: 'Nobody', at: AT } }])
  t.match(byName.told, [/by its name/])

  const links = table(...steps.changes, ...byName.changes)
  t.same(ignore('pluto', account('pluto'), links, NOW).changes, [])
  t.same(ignore('nobody', account('nobody'), links, NOW).changes, [], 'the name came to be')
  t.same(links.after(unignore('pluto', account('pluto'), links).changes).ignored().length, 1)
  t.same(links.after(unignore('nobody', account('nobody'), links).changes).ignored().length, 1)
  t.same(links.after(unignore('pluto', undefined, links).changes).ignored().length, 1, 'the account is gone')
  t.same(unignore('eve', undefined, links), { changes: [], told: ["'eve' is not left out"] })
})

t.test('somebody who is linked is not left out', async t => {
  const links = table({ put: link('pluto') })
  for (const who of [account('pluto'), undefined])
    t.throws(() => ignore('pluto', who, links, NOW), {
      code: 'failed',
      message: /is linked/,
      hint: /users hold pluto .*users unlink pluto/,
    })
})

t.test('held until a time, or until it ends', async t => {
  const until = '2026-04-01T00:00:00.000Z'
  const [first] = hold(link('pluto'), until, NOW).changes
  t.same(first, { put: { ...link('pluto'), hold: { since: AT, until } } })
  const held = link('pluto', { hold: { since: '2026-01-01T00:00:00.000Z', until } })
  t.same(hold(held, until, NOW).changes, [])
  t.same(hold(held, undefined, NOW).changes, [{ put: { ...held, hold: { since: AT, until: undefined } } }])
  t.same(unhold(held).changes, [{ put: link('pluto') }])
  t.same(unhold(link('pluto')), { changes: [], told: ["'pluto' is not held"] })
})
