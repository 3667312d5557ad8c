import { reasonOf } from '../../../src/errors.js'
import { createPaths } from '../../../src/paths.js'
import { endLeftovers, forgetRunning, rememberRunning } from './leftovers.js'
import { Programs } from './programs.js'
import { Screen } from './screen.js'
import { endServices, setUpServices } from './services.js'
import { prepareSite, removeSite } from './site.js'
import {
  type Demo,
  describeSite,
  followDirectory,
  StepFailed,
  startDaemon,
  tellWhatIsThere,
} from './steps.js'
import { listenForStop } from './stop-signal.js'
import { Tail } from './tail.js'

export interface DemoOptions {
  /** The checkout. */
  project: string
  /** The folder below which everything happens. */
  root: string
  /** Begins anew. */
  fresh: boolean
  /** Ends by itself instead of waiting for Ctrl-C. */
  once: boolean
}

/** Installing and building come first, in start.mjs. */
const STEPS_BEFORE = 2

/** The demonstration from the sample site to the last process ended. Gives the exit status. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const screen = new Screen(process.stdout, {
    env: process.env,
    stepsDone: STEPS_BEFORE,
    folder: options.project,
  })
  screen.blank()
  const stop = listenForStop(process.stdout)
  try {
    const demo = await open(options, screen)
    try {
      await Promise.race([show(demo), stop.arrived])
      if (!options.once && !stop.isThere()) await wait(demo, stop.arrived)
    } finally {
      await close(demo)
    }
    return 0
  } catch (error) {
    if (!(error instanceof StepFailed)) screen.problem(`cannot go on: ${reasonOf(error)}`)
    return 1
  } finally {
    stop.forget()
  }
}

async function show(demo: Demo): Promise<void> {
  await describeSite(demo)
  await startDaemon(demo)
  await followDirectory(demo)
  await tellWhatIsThere(demo)
}

async function wait(demo: Demo, stop: Promise<void>): Promise<void> {
  const { screen, daemon } = demo
  screen.blank()
  screen.say('Waiting, and telling what happens. Ctrl-C ends the daemon, the stand-in and this.')
  const how = await Promise.race([stop, daemon?.ended])
  if (typeof how !== 'string') return
  screen.problem(`the daemon ${how}`)
  throw new StepFailed()
}

async function open(options: DemoOptions, screen: Screen): Promise<Demo> {
  const before = createPaths({ root: options.root, env: {} })
  const killed = await endLeftovers(before)
  if (killed !== undefined)
    screen.lines([`A daemon was left over from a start that was killed; ended, pid ${killed}.`])
  await endServices(before)
  if (options.fresh) await removeSite(options.root)
  const site = await prepareSite(options.project, options.root)
  const { paths } = site
  await rememberRunning(paths)
  const services = await setUpServices(paths)
  return {
    screen,
    site,
    services,
    programs: new Programs(options.project, paths.root, services.program),
    project: options.project,
    once: options.once,
    daemon: undefined,
    ending: false,
    tails: [
      new Tail(services.folder.journalFile, line => screen.said('supervisor', line)),
      new Tail(services.folder.logFile('mattermost.service'), line => screen.said('stand-in', line)),
    ],
  }
}

/** Ends all that runs, the daemon first: it would take a stand-in that stops for a failure. */
async function close(demo: Demo): Promise<void> {
  const { screen, daemon, site, tails } = demo
  demo.ending = true
  screen.blank()
  screen.step('Ending')
  if (daemon?.lives) screen.lines([`teamchatd ${await daemon.stop()}`])
  await endServices(site.paths)
  for (const tail of tails) tail.close()
  await forgetRunning(site.paths)
  screen.lines([
    `Nothing runs any more. ${demo.programs.shown(site.paths.root)} stays: npm start goes on with it,`,
  ])
  screen.lines(['npm start -- --fresh begins anew.'])
}
