import t from 'tap'
import { loginKey, personNames, shortened, usernameOf } from '../../../src/people/plan/names.js'
import { mailOf } from '../../../src/people/plan/values.js'
import { isTeamName, wantedTeam } from '../../../src/people/run/team.js'
import { account } from './people.js'

t.test('usernames', async t => {
  const good: [string, string][] = [
    ['pluto', 'pluto'],
    ['Pluto', 'pluto'],
    ['-dash', '-dash'],
    ['1.a_b-c', '1.a_b-c'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['systemd', 'systemd'],
    ['a b', 'a.b'],
    ['ünï', 'uni'],
    ['a/b', 'a.b'],
    ['a@b', 'a'],
    ['Jörg  Müller', 'jorg.muller'],
    ['Straße Æøł', 'strasse.aeol'],
    ['*)(uid=*', 'uid'],
    ['o’neil', 'o.neil'],
    ['𝔭𝔩𝔲𝔱𝔬', 'pluto'],
  ]
  for (const [login, username] of good) t.same(usernameOf(login), { value: username }, login)
  for (const login of [
    '',
    ' ',
    '.',
    '..',
    'всё',
    'анна1',
    '王',
    '*',
    '...',
    'all',
    'Channel',
    'matterbot',
    'system',
    'x'.repeat(65),
    '@b',
  ]) {
    t.hasProp(usernameOf(login), 'unusable', JSON.stringify(login))
  }
  t.equal(loginKey(' Pluto@example.org'), 'pluto')
})

t.test('e-mail addresses', async t => {
  const cases: [string[], string, object][] = [
    [['Pluto@Example.org', 'z@example.org'], '', { value: 'pluto@example.org' }],
    [['', '  ', ' a@b '], '', { value: 'a@b' }],
    [[], 'example.org', { value: 'pluto@example.org' }],
    [[], ' ', { noDomain: true }],
    [['Ünï@example.org'], '', { value: 'ünï@example.org' }],
    [["o'neil+x@ex-ample.org"], '', { value: "o'neil+x@ex-ample.org" }],
  ]
  for (const [mails, domain, expected] of cases) t.same(mailOf(account('pluto', { mails }), domain), expected)
  const bad = [
    'nowhere',
    '@b',
    'a@',
    '.dot@example.org',
    'a..b@example.org',
    'a b@example.org',
    'a@b@c',
    'a/b@c',
    'a\u0000@c',
    '<a@b>',
    `${'ü'.repeat(60)}@example.org`,
  ]
  for (const mail of bad) {
    t.hasProp(
      mailOf(account('pluto', { mails: [mail, 'good@example.org'] }), 'example.org'),
      'unusable',
      mail,
    )
  }
})

t.test('names of people', async t => {
  t.same(personNames(account('p', { givenName: ' A\nB ', surname: 'ž'.repeat(70) })), {
    first_name: 'A B',
    last_name: 'ž'.repeat(64),
  })
  t.same(personNames(account('p', { surname: '', displayName: 'Pluto' })), {
    first_name: 'Pluto',
    last_name: '',
  })
  t.equal(shortened('😀😀😀', 2), '😀😀')
})

t.test('teams', async t => {
  const cases: [string, string, object | undefined][] = [
    ['', 'Example Org', { setting: '', name: 'example', displayName: 'Example Org' }],
    ['', '', { setting: '', name: 'defaultteam', displayName: 'DefaultTeam' }],
    ['', '   ', { setting: '', name: 'defaultteam', displayName: 'DefaultTeam' }],
    ['', 'Postal Service', { setting: '', name: 'team-postal', displayName: 'Postal Service' }],
    ['', 'X', { setting: '', name: 'team-x', displayName: 'X' }],
    ['', 'Über-Größe & Söhne', { setting: '', name: 'uber-groe', displayName: 'Über-Größe & Söhne' }],
    ['', '王', { setting: '', name: 'defaultteam', displayName: '王' }],
    ['', '-a- b', { setting: '', name: 'team-a', displayName: '-a- b' }],
    [
      '',
      `Post${'x'.repeat(80)}`,
      { setting: '', name: `team-post${'x'.repeat(55)}`, displayName: `Post${'x'.repeat(60)}` },
    ],
    ['none', 'Example', undefined],
    ['school', 'Example', { setting: 'school', name: 'school', displayName: 'school' }],
  ]
  for (const [team, company, expected] of cases) {
    const wanted = wantedTeam({ team, company })
    t.same(wanted, expected, `${team} ${company}`)
    if (wanted !== undefined) t.ok(isTeamName(wanted.name), wanted.name)
  }
  for (const team of ['x', 'Upper', 'a b', 'api', 'postal', 'x'.repeat(65), '-a', 'a/b']) {
    t.throws(() => wantedTeam({ team, company: '' }), { code: 'settings.invalid' }, team)
  }
})
