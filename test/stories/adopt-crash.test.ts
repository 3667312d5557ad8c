import t from 'tap'
import { adoptions } from '../support/adoption-scenarios.js'
import { provesCrashes } from '../support/site-crash.js'
import { changes } from '../support/site-scenarios.js'

await provesCrashes(t, adoptions, changes)
