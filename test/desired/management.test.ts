import t from 'tap'
import {
  configurationElsewhere,
  decideManagement,
  type ManagementFacts,
  overridingVariables,
  unmanaged,
} from '../../src/desired/management.js'

const base: ManagementFacts = {
  status: 'enabled',
  mattermostRecord: true,
  known: false,
  adopting: false,
  held: false,
  obstacle: undefined,
  differences: [],
}
const obstacle = { reason: 'r', hint: 'h' }

t.test('states', async t => {
  const cases: [Partial<ManagementFacts>, string][] = [
    [{}, 'managed'],
    [{ status: 'disabled' }, 'managed'],
    [{ status: undefined, obstacle, differences: ['x'] }, 'unmanaged'],
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

t.test('variables of the unit are named, their values are not', async t => {
  const notes = overridingVariables(new Map([['MM_A', 'secret']]), ['MM_A', 'MM_B'])
  t.match(notes, [/MM_A, which wins/])
  t.equal(notes.length, 1)
  t.notMatch(notes[0], /secret/)
})
