import t from 'tap'
import type { Decision } from '../../../src/people/plan/decision.js'
import { withinTeam } from '../../../src/people/plan/seats.js'
import { account, link, user } from './people.js'

const create = (login: string): Decision => ({
  kind: 'create',
  accountId: `uuid-${login}`,
  login,
  account: account(login),
  username: login,
  email: `${login}@example.org`,
  reason: 'new',
})
const join = (login: string): Decision => ({
  kind: 'join',
  accountId: `uuid-${login}`,
  login,
  account: account(login),
  link: link(login),
  user: user(login),
  username: undefined,
  changes: {},
  join: true,
  bots: [],
  reason: 'created earlier',
})
const skip = (login: string): Decision => ({
  kind: 'skip',
  cause: 'linked',
  accountId: `uuid-${login}`,
  login,
  account: account(login),
  link: link(login),
  reason: 'linked',
})

const rename = (login: string): Decision => ({ ...join(login), kind: 'rename' }) as Decision

const cases: [string, Decision[], number, number, string[]][] = [
  ['room for all', [create('a'), join('b')], 50, 48, ['create', 'join']],
  ['room for one', [create('a'), join('b'), create('c')], 50, 49, ['create', 'refuse', 'refuse']],
  ['full', [join('a'), skip('b'), create('c')], 50, 50, ['refuse', 'skip', 'refuse']],
  ['lowered below what it has', [create('a')], 10, 50, ['refuse']],
  ['nobody joins', [skip('a')], 0, 0, ['skip']],
  ['a renamed person is renamed all the same', [rename('a')], 1, 1, ['rename']],
]

t.test('who fits into the team, in the order of the plan', async t => {
  for (const [name, decisions, takes, has, kinds] of cases) {
    const result = withinTeam(decisions, { name: 'example', takes, has })
    t.same(
      result.map(one => one.kind),
      kinds,
      name,
    )
    t.same(
      result.map(one => one.login),
      decisions.map(one => one.login),
      `${name}: nobody is lost`,
    )
  }
})

t.test('the words have the numbers and what to type', async t => {
  const [refused] = withinTeam([create('a'), create('b')], { name: 'example', takes: 50, has: 50 })
  t.equal(
    refused?.reason,
    "the team 'example' is full: it takes 50 people (MaxUsersPerTeam) and has 50; raise it: " +
      'teamchat config setprop mattermost MaxUsersPerTeam 52, then teamchat apply',
  )
})
