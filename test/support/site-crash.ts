import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { reasonOf, TeamchatError } from '../../src/errors.js'
import { type DiskStep, watchDisk } from './disk-steps.js'
import { loadedBy, onDisk } from './loaded-by-services.js'
import { createSite, JOURNAL, type Site, STATE } from './settings-site.js'
import { dbOf, hostFor, lastSaved, outputsOf, type Scenario, stateOf } from './site-scenarios.js'

/**
 * Ends each scenario before each of its steps, and looks at what the next process makes of it; once for each kind of step
 * the process is a real one, and really killed: but for those that are in `known` scenarios.
 */
export async function provesCrashes(
  t: Test,
  scenarios: readonly Scenario[],
  known: readonly Scenario[] = [],
): Promise<void> {
  const killed = new Set<string>()
  for (const scenario of known) for (const { name } of (await runWhole(t, scenario)).steps) killed.add(name)
  const kills: { scenario: Scenario; want: Whole; step: DiskStep }[] = []
  for (const scenario of scenarios) {
    await t.test(`ended between any two steps: ${scenario.name}`, async t => {
      const want = await runWhole(t, scenario)
      t.ok(want.steps.length > 5, `${want.steps.length} steps`)
      for (const step of want.steps) {
        if (!killed.has(step.name)) kills.push({ scenario, want, step })
        killed.add(step.name)
        const site = await prepared(t, scenario)
        t.ok(await endAt(scenario, site, step.number), `it comes to ${step.number} ${step.name}`)
        await survives(t, scenario, site, want, `${step.number} ${step.name}`)
      }
    })
  }
  await t.test('killed', async t => {
    await both(kills, async ({ scenario, want, step: { number, name } }) => {
      const site = await killedAt(t, scenario, number)
      await survives(t, scenario, site, want, `${scenario.name}, killed at ${number} ${name}`)
    })
  })
}

/** Two at a time: a start of Node takes a while. */
async function both<T>(work: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
  const left = [...work]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await one(item)
  }
  await Promise.all([worker(), worker()])
}

async function killedAt(t: Test, scenario: Scenario, number: number): Promise<Site> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'teamchatd-site-')))
  const program = fileURLToPath(new URL('site-crash-child.js', import.meta.url))
  const child = spawn(process.execPath, [program, root, scenario.name, String(number)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = await once(child, 'exit')
  t.equal(signal, 'SIGKILL')
  const site = createSite(t, { ...scenario.options, at: root })
  scenario.configure?.(site)
  return site
}

/** How a scenario ends that nothing breaks off. */
export interface Whole {
  /** Those between which a reader could see a difference. */
  steps: DiskStep[]
  /** Those as well that only make durable. */
  all: DiskStep[]
  /** As they were, as they are once all files are in place, and in the end. */
  old: unknown
  placed: unknown
  outputs: unknown
  state: unknown
  db: unknown
  actions: string[]
  generations: string[]
}

/** Runs a scenario to its end. */
export async function runWhole(t: Test, scenario: Scenario): Promise<Whole> {
  const site = await prepared(t, scenario)
  const old = outputsOf(site)
  const happens = scenarioSteps(scenario, site)
  let placed: unknown
  const { steps } = await watchDisk(
    () => scenario.act(site),
    step => {
      if (step.name.startsWith('systemctl ')) placed ??= outputsOf(site)
      return happens(step)
    },
  )
  return {
    steps: steps.filter(isPoint),
    all: steps,
    old,
    placed,
    outputs: outputsOf(site),
    state: stateOf(site),
    db: dbOf(site),
    actions: site.actions(),
    generations: generationsOf(site),
  }
}

/** The host as it is before, made without waiting for the disk. */
export async function prepared(
  t: Parameters<typeof createSite>[0],
  scenario: Scenario,
  at?: string,
): Promise<Site> {
  const site = await quickly(() => hostFor(t, scenario, at))
  // What was asked of services so far is no part of it.
  site.write('/services/calls.log', '')
  return site
}

/** Runs a scenario up to a step, as if the process was killed just before it. */
export async function endAt(scenario: Scenario, site: Site, number: number): Promise<boolean> {
  const happens = scenarioSteps(scenario, site)
  const { ended } = await watchDisk(
    () => scenario.act(site),
    step => (step.number === number ? 'end' : happens(step)),
  )
  return ended
}

/** What must be true after a process was ended at a step, and others have run since. */
export async function survives(
  t: Test,
  scenario: Scenario,
  site: Site,
  want: Whole,
  at: string,
): Promise<void> {
  const isOneOf = (message: string) => {
    const now = JSON.stringify(outputsOf(site))
    t.ok(
      [want.old, want.placed, want.outputs].some(one => JSON.stringify(one) === now),
      `${at}: ${message}: all outputs are old, or all are new`,
    )
  }
  const saved = lastSaved(site)
  await recoverOnly(site)
  if (phaseOf(site) !== 'undoing') isOneOf('files recovered')
  const first = await attempt(() => site.restarted().run({ cause: 'start' }))
  isOneOf('the next run')
  if (scenario.again !== undefined) await attempt(() => scenario.again?.(site) ?? Promise.resolve())
  t.strictSame(outputsOf(site), want.outputs, `${at}: ends where it should (${first})`)
  t.strictSame(stateOf(site), want.state, `${at}: so does the state`)
  t.strictSame(dbOf(site), want.db, `${at}: so does the DB`)
  t.strictSame(generationsOf(site), want.generations, `${at}: what was applied is in the history, once`)
  t.notOk(site.has(JOURNAL), `${at}: no journal is left`)
  t.strictSame(site.leftovers(), [], `${at}: nothing is left beside the outputs`)
  if (saved !== undefined)
    t.equal(site.config().TeamSettings?.SiteName, saved, `${at}: what Mattermost saved is there`)
  const { missing, more } = compare(site.actions(), want.actions)
  t.strictSame(missing, [], `${at}: no action is lost`)
  t.ok(more.length <= 1, `${at}: at most the one that was under way is repeated: ${more.join(', ')}`)
  const loaded = loadedBy(site.root)
  const disk = onDisk(site.root)
  if (site.unit('mattermost.service')?.active === 'active')
    t.strictSame(
      ours(loaded.mattermost),
      ours(disk.mattermost),
      `${at}: Mattermost runs with what is on disk`,
    )
  t.strictSame(loaded.apache, disk.apache, `${at}: and so does Apache`)
  const calm = await attempt(() => site.restarted().run({ cause: 'db-changed' }))
  t.match(calm, /unchanged|held/, `${at}: nothing is left to do`)
  t.strictSame(site.actions(), [], `${at}: and nothing is done`)
}

/** A run that gets no further than the recovery of files. */
async function recoverOnly(site: Site): Promise<void> {
  const { readDb } = site
  site.readDb = async () => {
    throw new TeamchatError('db.unreadable', 'cannot read the DB')
  }
  await attempt(() => site.restarted().run({ cause: 'start' }))
  site.readDb = readDb
}

async function attempt(work: () => Promise<unknown>): Promise<string> {
  try {
    const outcome = await quickly(work)
    return String((outcome as { state?: string } | undefined)?.state)
  } catch (error) {
    return reasonOf(error)
  }
}

async function quickly<T>(work: () => Promise<T>): Promise<T> {
  let value: T | undefined
  const { error } = await watchDisk(async () => {
    value = await work()
  })
  if (error !== undefined) throw error
  return value as T
}

/** False for a step that is like an earlier one: half of a new file that has no name yet is there. */
function isPoint({ name, quiet, number }: DiskStep, _at: number, all: readonly DiskStep[]): boolean {
  if (quiet) return false
  return !name.startsWith('write ') || all.find(one => one.name === name)?.number === number
}

/** Lets happen what happens meanwhile in a scenario. */
export function scenarioSteps(scenario: Scenario, site: Site): (step: DiskStep) => 'go' {
  return step => {
    scenario.meanwhile?.(site, step.name)
    return 'go'
  }
}

function phaseOf(site: Site): string | undefined {
  return site.has(STATE) ? JSON.parse(site.file(STATE)).transaction?.phase : undefined
}

/** The names in the folder of generations. */
export function generationsOf(site: Site): string[] {
  try {
    return readdirSync(site.paths.generationsFolder).sort()
  } catch {
    return []
  }
}

/** What of Mattermost's file it would work otherwise with. */
function ours(text: string | undefined): unknown {
  if (text === undefined) return undefined
  const config = JSON.parse(text)
  if (config.TeamSettings !== undefined) delete config.TeamSettings.SiteName
  return config
}

function compare(have: readonly string[], want: readonly string[]): { missing: string[]; more: string[] } {
  const more = [...have]
  const missing = want.filter(action => {
    const at = more.indexOf(action)
    if (at !== -1) more.splice(at, 1)
    return at === -1
  })
  return { missing, more }
}
