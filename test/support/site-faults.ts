import type { Test } from 'tap'
import { reasonOf, TeamchatError } from '../../src/errors.js'
import { type DiskStep, watchDisk } from './disk-steps.js'
import { JOURNAL } from './settings-site.js'
import { generationsOf, prepared, runWhole, scenarioSteps, survives } from './site-crash.js'
import { outputsOf, type Scenario } from './site-scenarios.js'

/** What a disk says, in turn: it is full, it is broken. */
const CODES = ['ENOSPC', 'EIO']

/**
 * Lets each call of a scenario that changes the disk fail once, those that make it durable among them: it is told, what
 * was whole stays whole, and the next run ends where it should.
 */
export async function survivesFaults(t: Test, scenario: Scenario): Promise<void> {
  const want = await runWhole(t, scenario)
  for (const [index, step] of want.all.filter(isDisk).entries()) {
    const code = CODES[index % CODES.length] ?? ''
    const at = `${code} at ${step.number} ${step.name}`
    const site = await prepared(t, scenario)
    const happens = scenarioSteps(scenario, site)
    let failed = false
    let told = ''
    const { error } = await watchDisk(
      async () => {
        told = JSON.stringify(await scenario.act(site))
      },
      next => {
        if (next.number !== step.number) return happens(next)
        failed = true
        return Object.assign(new Error(`${code}: the disk fails, ${next.name}`), { code })
      },
    )
    t.ok(failed, `${at}: it comes to it`)
    // A file that cannot be swept up, and a history that cannot be kept, are no reason to take a change back.
    if (error === undefined)
      t.strictSame(outputsOf(site), want.outputs, `${at}: nothing is told, and all is done`)
    else
      t.ok(error instanceof TeamchatError && error.code !== 'failed', `${at}: it is told: ${reasonOf(error)}`)
    const now = JSON.stringify(outputsOf(site))
    const isWhole = [want.old, want.placed, want.outputs].some(one => JSON.stringify(one) === now)
    t.ok(
      isWhole || site.has(JOURNAL),
      `${at}: all outputs are old or all are new, or it is known what is not`,
    )
    // A change stays though the history cannot take it; that is said.
    const isKept = !told.includes('is not in the history')
    await survives(t, scenario, site, isKept ? want : { ...want, generations: generationsOf(site) }, at)
  }
}

function isDisk({ name }: DiskStep): boolean {
  return !name.startsWith('systemctl ')
}
