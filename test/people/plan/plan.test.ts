import t from 'tap'
import type { Account } from '../../../src/directory/account.js'
import type { Decision } from '../../../src/people/plan/decision.js'
import { planPeople } from '../../../src/people/plan/plan.js'
import { account, idOf, link, user } from './people.js'
import { type InputParts, planInput } from './plan-input.js'

const TEAM = idOf('team')

interface Case extends InputParts {
  name: string
  accounts: Account[]
  /** `kind[:cause] login` for each decision. */
  decisions: string[]
  /** Texts that some reason must hold. */
  says?: RegExp[]
}

function plan({ name: _name, decisions: _decisions, says: _says, ...parts }: InputParts & Partial<Case>) {
  return planPeople(planInput(parts))
}

function told(decision: Decision): string {
  const cause = 'cause' in decision ? `:${decision.cause}` : ''
  return `${decision.kind}${cause} ${decision.login}`
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
    name: 'usernames that Mattermost refuses, and of which none can be made',
    accounts: ['всё', 'all', 'x'.repeat(65), '..'].map(login => account(login, { mails: ['m@example.org'] })),
    decisions: [
      'refuse:impossible ..',
      'refuse:impossible all',
      `refuse:impossible ${'x'.repeat(65)}`,
      'refuse:impossible всё',
    ],
  },
  {
    name: 'odd logins become usernames; one that is there to the letter comes first, of two that are not none',
    accounts: ['Jörg Müller', 'jorg', 'Jörg', 'Zoé', 'zoè', 'Ünal'].map(login =>
      account(login, {
        id: `id-${login}`,
        mails: [`${idOf(login.normalize('NFKD').toLowerCase())}@example.org`],
      }),
    ),
    decisions: [
      'refuse:impossible Jörg',
      'create Jörg Müller',
      'refuse:impossible Zoé',
      'create jorg',
      'refuse:impossible zoè',
      'create Ünal',
    ],
    says: [/new as 'jorg\.muller'/, /another account has the same username 'zoe': uid=zoè/, /new as 'unal'/],
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
    decisions: ['hold:gone ann', 'refuse:conflict ann'],
    says: [/belongs to another account/, /'ann': no longer in the directory since 2026-03-01T12/],
  },
  {
    name: 'the link counts, not the name',
    accounts: [account('married', { id: 'uuid-ann', mails: ['new@example.org'] })],
    users: [user('ann')],
    links: [link('ann', { joinedTeams: [TEAM] })],
    decisions: ['rename married'],
    says: [/^'ann' becomes 'married'$/],
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
    says: [/"nowhere" is not a usable e-mail address/, /longer than 128 bytes/],
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
    const { decisions } = plan(one)
    t.same(decisions.map(told), one.decisions)
    const reasons = decisions.map(decision => decision.reason).join('\n')
    for (const words of one.says ?? []) t.match(reasons, words)
  })
}

t.test('DomainName is missing and needed', async t => {
  const accounts = [account('ann', { locked: true }), account('bob', { mails: [' '] }), account('carl')]
  const input = { accounts, links: [link('ann')], users: [user('ann')], domainName: '' }
  t.throws(() => plan({ ...input, rateLimits: undefined }), { code: 'settings.invalid', message: /'bob'/ })
  const { decisions } = plan(input)
  t.same(
    decisions.map(told),
    ['deactivate:locked ann', 'refuse:setting bob', 'create carl'],
    'nobody watches',
  )
  t.match(decisions[1], { reason: /DomainName is not set \(teamchat config set DomainName example\.org\)/ })
})
