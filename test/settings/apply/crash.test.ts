import t from 'tap'
import { provesCrashes } from '../../support/site-crash.js'
import { changes } from '../../support/site-scenarios.js'

await provesCrashes(t, changes)
