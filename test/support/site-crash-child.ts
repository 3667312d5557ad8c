// Runs a scenario on a host below ROOT and kills itself just before a step: site-crash-child.js ROOT SCENARIO STEP
import { adoptions, retirements } from './adoption-scenarios.js'
import { watchDisk } from './disk-steps.js'
import { prepared, scenarioSteps } from './site-crash.js'
import { changes } from './site-scenarios.js'

const [root = '', name, number] = process.argv.slice(2)
const scenario = [...changes, ...adoptions, ...retirements].find(one => one.name === name)
if (scenario === undefined) throw new Error(`there is no scenario ${name}`)
const site = await prepared({ teardown: () => {} }, scenario, root)
const happens = scenarioSteps(scenario, site)
await watchDisk(
  () => scenario.act(site),
  step => {
    if (step.number === Number(number)) process.kill(process.pid, 'SIGKILL')
    return happens(step)
  },
)
