import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { connectApi } from '../../../src/api/client.js'
import type { Credential } from '../../../src/api/contract/people.js'
import type { Status } from '../../../src/api/contract/service.js'
import { rememberRunning } from './leftovers.js'
import { nextSteps } from './next-steps.js'
import { listenPort, writtenFiles } from './outcome.js'
import type { Daemon, Programs } from './programs.js'
import type { Screen } from './screen.js'
import { bootServices, type Services } from './services.js'
import { freePort, peopleFile, type Site } from './site.js'
import type { Tail } from './tail.js'

/** All that the steps share. */
export interface Demo {
  screen: Screen
  site: Site
  services: Services
  programs: Programs
  project: string
  once: boolean
  daemon: Daemon | undefined
  /** Steps that are still under way say nothing more. */
  ending: boolean
  tails: Tail[]
}

/** A step that did not work; what went wrong was printed. */
export class StepFailed extends Error {}

/** A first start writes, starts and waits for the stand-in; on a loaded machine that takes some seconds. */
const APPLY_TIMEOUT_MS = 60_000
const LOOK_EVERY_MS = 100
/** The tails look each 100 ms: what belongs to a step is printed before the next one. */
const TAILS_SETTLE_MS = 250

/** 3: what is there, and the properties that this machine needs. */
export async function describeSite(demo: Demo): Promise<void> {
  const { screen, site, programs } = demo
  const { paths } = site
  const shown = (path: string) => programs.shown(path)
  screen.step(
    site.isNew
      ? `A sample site was laid out in ${shown(paths.root)}`
      : `The site of an earlier start is in ${shown(paths.root)}`,
  )
  screen.lines([
    `configuration DB  ${shown(paths.configurationDb)}`,
    `directory         ${shown(peopleFile(paths))}, ${await peopleCount(paths)}`,
    `Mattermost        there is none: a stand-in answers in its place, and keeps no messages`,
    `PostgreSQL        there is none: the stand-in needs no database`,
    `Apache            there is none: its virtual host is written, its reload only noted`,
    `systemctl         a small supervisor in its place, ${shown(demo.services.program)}`,
  ])
  if (site.isNew && site.certificate === undefined) {
    screen.lines(['certificate       no openssl here to make one: the virtual host will serve port 80 alone'])
  }
  await chooseFreePort(demo)
  for (const [property, value] of site.properties) {
    await runTeamchat(demo, ['config', 'setprop', 'mattermost', property, value])
  }
}

/** 4: the daemon, until all is as the DB says. */
export async function startDaemon(demo: Demo): Promise<void> {
  const { screen, programs, site } = demo
  screen.blank()
  screen.step('The daemon starts, reads the DB, writes what is missing and starts Mattermost')
  // With another port it could not start before config.json has it, too.
  if (!site.properties.has('ListenPort')) await bootServices(demo.services)
  screen.command(programs.daemonLine())
  const daemon = programs.startDaemon(line => screen.said('teamchatd', line))
  demo.daemon = daemon
  await rememberRunning(site.paths, daemon.pid)
  const end = Date.now() + APPLY_TIMEOUT_MS
  for (let status: Status | undefined; ; await wait(LOOK_EVERY_MS)) {
    if (!daemon.lives) return fail(demo, `the daemon ${await daemon.ended}`)
    status = await statusOf(site)
    if (status !== undefined && isSettled(status)) break
    if (Date.now() < end) continue
    await runTeamchat(demo, ['status'], 'may fail')
    return fail(demo, `not all was applied within ${APPLY_TIMEOUT_MS / 1000} s`)
  }
  await wait(TAILS_SETTLE_MS)
}

/** 5: the whole directory is followed only after somebody has said so. */
export async function followDirectory(demo: Demo): Promise<void> {
  if (demo.ending) return
  demo.screen.blank()
  demo.screen.step(
    'The directory is followed once somebody has confirmed it, the first one becomes administrator',
  )
  // In an earlier start somebody may have tried what makes it fail: that is told, and ends nothing.
  const failure = demo.site.isNew || demo.once ? 'ends' : 'may fail'
  await runTeamchat(demo, ['users', 'sync', '--confirm'], failure)
  await wait(TAILS_SETTLE_MS)
}

/** 6 and 7: what was done, and what to try. */
export async function tellWhatIsThere(demo: Demo): Promise<void> {
  const { screen, programs, site } = demo
  if (demo.ending) return
  screen.blank()
  screen.step('What there is now')
  screen.lines(await writtenFiles(programs, site))
  screen.lines(['The users that were created, each with the password to hand out'])
  await runTeamchat(demo, ['users', 'credentials'])
  if (demo.ending) return
  screen.blank()
  screen.step(
    demo.once ? 'To try next, while npm start runs (without --once)' : 'Try next, in a second terminal',
  )
  const { stdout } = await programs.teamchat(['users', 'credentials', '--json'])
  const { credentials } = JSON.parse(stdout) as { credentials: Credential[] }
  screen.lines(
    nextSteps(programs, site, { project: demo.project, port: await listenPort(site), credentials }),
  )
}

/** Runs a command, shows it and what it prints. Ends the demonstration where it fails. */
async function runTeamchat(demo: Demo, args: string[], failure: 'may fail' | 'ends' = 'ends'): Promise<void> {
  const { screen, programs } = demo
  if (demo.ending) return
  screen.command(programs.teamchatLine(args.join(' ')))
  const { status, stdout, stderr } = await programs.teamchat(args)
  if (demo.ending) return
  screen.lines(`${stdout}${stderr}`.split('\n').slice(0, -1))
  if (status !== 0 && failure === 'ends') fail(demo, `the command ended with status ${status}`)
}

function fail(demo: Demo, message: string): void {
  if (!demo.ending) demo.screen.problem(message)
  throw new StepFailed(message)
}

/** undefined: the daemon does not answer yet, or was cut off while it begins or ends. */
async function statusOf(site: Site): Promise<Status | undefined> {
  const api = await connectApi(site.paths, '').catch(() => undefined)
  try {
    return await api?.status().catch(() => undefined)
  } finally {
    await api?.close()
  }
}

function isSettled(status: Status): boolean {
  const { db, applied, owed, services } = status
  const mattermost = services.find(each => each.unit === 'mattermost.service')
  // Somebody may have tried `status disabled` in an earlier start.
  const asWanted = mattermost?.active === (mattermost?.enabled === 'enabled' ? 'active' : 'inactive')
  return db.revision !== undefined && applied.revision === db.revision && owed.length === 0 && asWanted
}

/** A port that somebody else took since the last start is changed in the DB, and all follows from that. */
async function chooseFreePort({ site }: Demo): Promise<void> {
  if (site.isNew) return
  const port = await listenPort(site)
  const free = await freePort(port)
  if (free !== port) site.properties.set('ListenPort', String(free))
}

async function peopleCount(paths: Site['paths']): Promise<string> {
  const text = await readFile(peopleFile(paths), 'utf8')
  const people = text.match(/^dn: /gm)?.length ?? 0
  const locked = text.match(/^userPassword: \{CRYPT\}!/gm)?.length ?? 0
  return `${people} people, ${locked} of them locked`
}
