import t from 'tap'
import { survivesFaults } from '../../support/site-faults.js'
import { changes } from '../../support/site-scenarios.js'

const wanted = [
  'a first apply',
  'a change of config.json and vhost',
  'a change that is undone',
  'a rollback by the operator',
]

for (const scenario of changes.filter(({ name }) => wanted.includes(name))) {
  t.test(`a disk that fails at any step: ${scenario.name}`, t => survivesFaults(t, scenario))
}
