import t from 'tap'
import { adoptions, retirements } from '../../support/adoption-scenarios.js'
import { survivesFaults } from '../../support/site-faults.js'

for (const scenario of [...adoptions.filter(({ name }) => name.startsWith('retire')), ...retirements]) {
  t.test(`a disk that fails at any step: ${scenario.name}`, t => survivesFaults(t, scenario))
}
