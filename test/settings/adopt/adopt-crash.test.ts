import t from 'tap'
import { adoptions, retirements } from '../../support/adoption-scenarios.js'
import { provesCrashes } from '../../support/site-crash.js'
import { changes } from '../../support/site-scenarios.js'

const [first] = retirements
await provesCrashes(t, first === undefined ? adoptions : [...adoptions, first], changes)
