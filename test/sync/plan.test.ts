import fc from 'fast-check'
import t from 'tap'
import type { Account } from '../../src/directory/account.js'
import type { MattermostUser } from '../../src/mattermost/types.js'
import { type PlanInput, planPeople } from '../../src/sync/plan.js'
import type { Link } from '../../src/sync/types.js'
import { UserIndex } from '../../src/sync/user-index.js'
import { account, idOf, link, user } from './people.js'

const TEAM = idOf('team')

interface Case {
  name: string
  accounts: Account[]
  users?: MattermostUser[]
  links?: Link[]
  team?: PlanInput['team']
  domainName?: string
  /** `kind[:cause] login` for each decision. */
  decisions: string[]
  /** Texts that some reason must hold. */
  says?: RegExp[]
  notYetDone?: RegExp[]
}

function plan({
  accounts,
  users = [],
  links = [],
  domainName = 'example.org',
  ...rest
}: Omit<Case, 'decisions' | 'name'>) {
  const team = 'team' in rest ? rest.team : { id: TEAM }
  return planPeople({ accounts, links, users: new UserIndex(users), team, domainName, complete: true })
}

const cases: Case[] = [
  {
    name: 'a new person',
    accounts: [account('pluto')],
    decisions: ['create pluto'],
    says: [/pluto@example\.org/],
  },
  {
    name: 'locked, expired and system accounts',
    accounts: [
      account('goofy', { locked: true }),
      account('late', { expired: true }),
      account('administrator', { system: true }),
      account('unknown', { locked: undefined }),
    ],
    decisions: ['skip:locked goofy', 'skip:expired late', 'create unknown'],
  },
  {
    name: 'adoption only where username and e-mail agree',
    accounts: ['ann', 'bob', 'bot', 'eve', 'old', 'root', 'mgr'].map(login => account(login)),
    users: [
      user('ann', { email: 'ANN@example.org' }),
      user('bob', { email: 'robert@example.org' }),
      user('bot', { is_bot: true }),
      user('old', { delete_at: 5 }),
      user('root', { roles: 'system_user system_admin' }),
      user('mgr', { roles: 'system_user system_user_manager' }),
    ],
    decisions: [
      'adopt ann',
      'refuse:conflict bob',
      'refuse:conflict bot',
      'create eve',
      'refuse:conflict mgr',
      'refuse:conflict old',
      'refuse:conflict root',
    ],
    says: [/robert@example\.org.*bob@example\.org/, /is a bot/, /is deactivated/, /is an administrator/],
  },
  {
    name: 'a substring of a username is no match',
    accounts: [account('ann')],
    users: [user('joann')],
    decisions: ['create ann'],
  },
  {
    name: 'an e-mail address that another user has',
    accounts: [account('ann')],
    users: [user('anna', { email: 'ann@example.org' })],
    decisions: ['refuse:impossible ann'],
    says: [/'anna' has its e-mail address ann@example\.org/],
  },
  {
    name: 'usernames that Mattermost refuses',
    accounts: ['a b', 'über', 'all', 'x'.repeat(65), '..'].map(login =>
      account(login, { mails: ['m@example.org'] }),
    ),
    decisions: [
      'refuse:impossible ..',
      'refuse:impossible a b',
      'refuse:impossible all',
      `refuse:impossible ${'x'.repeat(65)}`,
      'refuse:impossible über',
    ],
  },
  {
    name: 'two accounts of one username are both refused, and a third goes on',
    accounts: [account('Ann', { id: 'one' }), account('ann', { id: 'two' }), account('bob')],
    decisions: ['refuse:impossible Ann', 'refuse:impossible ann', 'create bob'],
    says: [/another account has the same username 'ann'/],
  },
  {
    name: 'a linked person keeps the name against a namesake',
    accounts: [account('Ann', { id: 'uuid-new' }), account('ann')],
    users: [user('ann')],
    links: [link('ann', { joinedTeams: [TEAM] })],
    decisions: ['refuse:conflict Ann', 'skip:linked ann'],
    says: [/belongs to another account/],
  },
  {
    name: "a former person's user is not given to a new one",
    accounts: [account('ann', { id: 'uuid-new' })],
    users: [user('ann')],
    links: [link('ann')],
    decisions: ['refuse:conflict ann'],
    notYetDone: [/deactivate 'ann': no longer in the directory/],
  },
  {
    name: 'the link counts, not the name',
    accounts: [account('married', { id: 'uuid-ann', mails: ['new@example.org'] })],
    users: [user('ann')],
    links: [link('ann', { joinedTeams: [TEAM] })],
    decisions: ['skip:linked married'],
    notYetDone: [/update 'ann': username married, e-mail new@example\.org/],
  },
  {
    name: 'a linked user who is gone in Mattermost is not created again',
    accounts: [account('ann')],
    links: [link('ann')],
    decisions: ['refuse:impossible ann'],
    says: [/gone for good; it is not created a second time/],
  },
  {
    name: 'one join for ever, for created users alone',
    accounts: ['new', 'done', 'adopted', 'off'].map(login => account(login)),
    users: ['new', 'done', 'adopted'].map(name => user(name)).concat(user('off', { delete_at: 9 })),
    links: [
      link('new'),
      link('done', { joinedTeams: [TEAM] }),
      link('adopted', { origin: 'adopted' }),
      link('off'),
    ],
    decisions: ['skip:linked adopted', 'skip:linked done', 'join new', 'skip:deactivated off'],
  },
  {
    name: 'a team that is still to be created has no members',
    accounts: [account('new'), account('done')],
    users: [user('new'), user('done')],
    links: [link('new'), link('done', { joinedTeams: [TEAM] })],
    team: { id: undefined },
    decisions: ['join done', 'join new'],
  },
  {
    name: 'no team, no join',
    accounts: [account('new')],
    users: [user('new')],
    links: [link('new')],
    team: undefined,
    decisions: ['skip:linked new'],
  },
  {
    name: 'locked, back and changed people are only told',
    accounts: [
      account('goofy', { locked: true }),
      account('back'),
      account('hand'),
      account('same', { mails: ['x@example.org', 'same@example.org'] }),
    ],
    users: [user('goofy'), user('back', { delete_at: 5 }), user('hand', { delete_at: 5 }), user('same')],
    links: [
      link('goofy'),
      link('back', { deactivated: { by: 'user-delete', at: '2026-01-01T00:00:00.000Z' } }),
      link('hand'),
      link('same', { joinedTeams: [TEAM] }),
    ],
    decisions: ['skip:deactivated back', 'skip:locked goofy', 'skip:deactivated hand', 'skip:linked same'],
    notYetDone: [/deactivate 'goofy': locked/, /reactivate 'back'/],
  },
  {
    name: 'one e-mail address of two new people',
    accounts: [
      account('bob', { mails: ['office@example.org'] }),
      account('ann', { mails: ['Office@example.org'] }),
    ],
    decisions: ['create ann', 'refuse:impossible bob'],
    says: [/'ann' has the same e-mail address office@example\.org/],
  },
  {
    name: 'unusable addresses',
    accounts: [
      account('ann', { mails: ['nowhere'] }),
      account('bob', { mails: [`${'x'.repeat(120)}@example.org`] }),
    ],
    decisions: ['refuse:impossible ann', 'refuse:impossible bob'],
    says: [/"nowhere" is no usable e-mail address/, /longer than 128 bytes/],
  },
  {
    name: 'without DomainName, where nobody needs it',
    accounts: [account('ann'), account('bob', { mails: [], locked: true }), account('carl', { mails: [] })],
    users: [user('carl')],
    links: [link('carl', { joinedTeams: [TEAM] })],
    domainName: '',
    decisions: ['create ann', 'skip:locked bob', 'skip:linked carl'],
  },
]

for (const one of cases) {
  t.test(one.name, async t => {
    const { decisions, notYetDone: later } = plan(one)
    const notYetDone = later.map(change => change.text)
    const told = decisions.map(decision => {
      const cause = 'cause' in decision ? `:${decision.cause}` : ''
      return `${decision.kind}${cause} ${decision.account.login}`
    })
    t.same(told, one.decisions)
    const reasons = decisions.map(decision => decision.reason).join('\n')
    for (const words of one.says ?? []) t.match(reasons, words)
    if (one.notYetDone !== undefined) t.equal(notYetDone.length, one.notYetDone.length, notYetDone.join('; '))
    for (const words of one.notYetDone ?? []) t.match(notYetDone.join('\n'), words)
  })
}

t.test('DomainName is missing and needed', async t => {
  t.throws(() => plan({ accounts: [account('ann'), account('bob', { mails: [' '] })], domainName: '' }), {
    code: 'settings.invalid',
    message: /'bob'/,
  })
})

const anyAccount = fc
  .record({
    login: fc.constantFrom('ann', 'Ann', 'bob', 'carl', 'all', 'a b', 'dora'),
    id: fc.constantFrom('uuid-ann', 'uuid-bob', 'uuid-x', 'uuid-y', 'uuid-z'),
    mails: fc.constantFrom(['a@example.org'], ['ann@example.org'], [], ['bad']),
    locked: fc.constantFrom(true, false, undefined),
    expired: fc.boolean(),
    system: fc.boolean(),
  })
  .map(({ login, mails, ...more }) => account(login, { ...more, mails: [...mails] }))

const anyUsers = fc.subarray([
  user('ann'),
  user('bob', { roles: 'system_user system_admin' }),
  user('carl', { delete_at: 4 }),
  user('dora', { is_bot: true }),
  user('zed', { email: 'a@example.org' }),
])
const anyLinks = fc.subarray([link('ann'), link('bob'), link('carl', { accountId: 'uuid-y' })])

t.test('rules that hold for everybody', async t => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyAccount, { selector: one => one.id, maxLength: 5 }),
      anyUsers,
      anyLinks,
      (accounts, users, links) => {
        const { decisions } = plan({ accounts, users, links })
        const again = plan({
          accounts: [...accounts].reverse(),
          users: [...users].reverse(),
          links: [...links].reverse(),
        })
        t.same(again.decisions, decisions, 'the order of the input does not matter')
        t.equal(decisions.length, accounts.filter(one => !one.system).length)
        const linked = new Set(links.map(one => one.userId))
        const names = new Set(users.map(one => one.username))
        const creations = decisions.filter(one => one.kind === 'create')
        for (const one of creations) {
          t.notOk(names.has(one.username))
          t.not(one.account.locked, true)
        }
        t.equal(new Set(creations.map(one => one.email)).size, creations.length)
        for (const one of decisions.filter(decision => decision.kind === 'adopt')) {
          t.notOk(linked.has(one.user.id) || one.user.is_bot || one.user.delete_at > 0)
          t.notMatch(one.user.roles, 'system_admin')
        }
      },
    ),
    { numRuns: 200 },
  )
})
