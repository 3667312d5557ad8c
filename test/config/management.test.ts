import t from 'tap'
import {
  configurationElsewhere,
  decideManagement,
  type ManagementFacts,
  overridingVariables,
  unmanaged,
} from '../../src/config/management.js'

const base: ManagementFacts = {
  status: 'enabled',
  mattermostRecord: true,
  known: false,
  adopting: false,
  held: false,
  retiredAt: undefined,
  obstacle: undefined,
  differences: [],
}
const obstacle = { reason: 'r', hint: 'h' }

t.test('states', async t => {
  const cases: [Partial<ManagementFacts>, string][] = [
    [{}, 'managed'],
    [{ status: 'disabled' }, 'managed'],
    [{ status: undefined, obstacle, differences: ['x'] }, 'unmanaged'],
    [{ retiredAt: '2030-01-01T00:00:00Z', known: true, held: true, obstacle }, 'unmanaged'],
    [{ obstacle, differences: ['x'] }, 'refused'],
    [{ obstacle, known: true }, 'refused'],
    [{ differences: ['x'] }, 'not-adopted'],
    [{ differences: ['x'], known: true }, 'managed'],
    [{ known: true, held: true }, 'held'],
    [{ known: true, adopting: true }, 'not-adopted'],
  ]
  for (const [facts, state] of cases)
    t.equal(decideManagement({ ...base, ...facts }).state, state, JSON.stringify(facts))
})

t.test('unmanaged: the one command that fits', async t => {
  t.match(unmanaged(false), { hint: 'type: teamchat config set mattermost service status enabled' })
  t.match(unmanaged(true), { hint: 'type: teamchat config setprop mattermost status enabled' })
})

t.test('a configuration that is not in our file', async t => {
  const place = (value: string) =>
    configurationElsewhere({
      variables: new Map([['MM_CONFIG', value]]),
      command: [],
      configFile: '/opt/mattermost/config/config.json',
      workingDirectory: '/opt/mattermost',
    })
  t.match(place('postgres://u:secret@h/d')?.reason, /not supported/)
  t.notMatch(JSON.stringify(place('postgres://u:secret@h/d')), /secret/)
  t.equal(place('config/config.json'), undefined)
  t.equal(place('/opt/mattermost/config/config.json'), undefined)
  t.match(place('/etc/mm.json')?.reason, /\/etc\/mm\.json/)
  t.equal(place(''), undefined)
})

t.test('the command line wins over MM_CONFIG; variables are put in', async t => {
  const variables = new Map([
    ['MM_CONFIG', '/opt/mattermost/config/config.json'],
    ['DSN', 'postgres://u:secret@h/d'],
  ])
  const database = /ExecStart keeps Mattermost's configuration in the database, which is not supported/
  const cases: [string, RegExp | undefined][] = [
    ['/opt/mattermost/bin/mattermost', undefined],
    ['mattermost server --config postgres://u:secret@h/d', database],
    ['mattermost server --config=postgresql://u:secret@h/d', database],
    ['mattermost -c postgres://u:secret@h/d server', database],
    ['mattermost -cmysql://u:secret@h/d', database],
    ['mattermost --config $\u007bDSN}', database],
    ['mattermost -c $DSN', database],
    ['mattermost --config=', undefined],
    ['mattermost --configuration postgres://u:secret@h/d', undefined],
    ['mattermost -c /etc/mm.json', /-c in the unit's ExecStart names \/etc\/mm\.json/],
    ['mattermost -c config.json', undefined],
    ['mattermost -c ./config/config.json', undefined],
    ['mattermost -c other.json', /names \/opt\/mattermost\/other\.json/],
  ]
  for (const [line, says] of cases) {
    const found = configurationElsewhere({
      variables,
      command: line.split(' '),
      configFile: '/opt/mattermost/config/config.json',
      workingDirectory: '/opt/mattermost',
    })
    if (says === undefined) t.equal(found, undefined, line)
    else t.match(found?.reason, says, line)
    t.notMatch(JSON.stringify(found ?? ''), /secret/)
  }
})

t.test('variables of the unit are named, their values are not', async t => {
  const notes = overridingVariables(new Map([['MM_A', 'secret']]), ['MM_A', 'MM_B'])
  t.match(notes, [/MM_A, which wins/])
  t.equal(notes.length, 1)
  t.notMatch(notes[0], /secret/)
})
