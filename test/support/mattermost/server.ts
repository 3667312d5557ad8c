import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { App } from './app.js'
import { ConfigFile, InvalidConfig } from './config-file.js'
import { DEFAULT_DATA_SOURCE } from './defaults.js'
import { FaultSwitches, type Faults } from './faults.js'
import { Listeners } from './listeners.js'
import { notifyReady } from './notify.js'
import { State } from './state.js'
import { VERSIONS } from './version.js'

const HELP = `stand-in for Mattermost: answers as a real server did when its answers were recorded. It is made for
tests and demonstrations, keeps no messages and must not serve people.

usage: node dist/test/support/mattermost/server.js --home DIR [options]

  --home DIR                 folder with config/config.json; data/ is made below it
  --version 11.2|10.11       which release it stands in for (default 11.2)
  --accept-default-database  do not wait for ever when SqlSettings.DataSource was never set
  --faults JSON              faults from the start on, also in the environment as STAND_IN_FAULTS;
                             DIR/stand-in-faults.json changes them at run time: {"down": true, "slowMs": 200,
                             "error500": "POST /api/v4/users$", "cut": "REGEXP", "localModeOff": true,
                             "page": {"on": "REGEXP", "status": 429, "text": "<html>"},
                             "creationCpuMs": 115, "realCost": true, "databaseDown": true, "requireDataSource": "postgres://…"}
  --help                     this text

MM_SECTION_KEY in the environment overrides a setting. SIGTERM ends it. State: DIR/data/stand-in-state.jsonl.
`
/** How often a closed or opened door (fault "down") and an absent database are looked at, in milliseconds. */
const LOOK_EVERY = 50

const { values: options } = parseArgs({
  options: {
    home: { type: 'string' },
    version: { type: 'string', default: '11.2' },
    'accept-default-database': { type: 'boolean', default: false },
    faults: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const version = VERSIONS.find(known => known.name === options.version)
if (options.help) process.stdout.write(HELP)
else if (options.home === undefined || !version) usageError()
else await run(resolve(options.home), version)

function usageError(): void {
  process.stderr.write(HELP)
  process.exitCode = 64
}

async function run(home: string, standsFor: App['version']): Promise<void> {
  const faultsText = options.faults ?? process.env.STAND_IN_FAULTS ?? '{}'
  const app: App = {
    home,
    version: standsFor,
    config: new ConfigFile(join(home, 'config', 'config.json')),
    state: new State(join(home, 'data', 'stand-in-state.jsonl')),
    faults: new FaultSwitches(join(home, 'stand-in-faults.json'), JSON.parse(faultsText) as Faults),
  }
  process.once('SIGTERM', () => process.exit(0))
  process.once('SIGINT', () => process.exit(0))
  loadOrExit(app.config)
  await databaseAnswers(app)
  app.state.open()
  const listeners = new Listeners(app)
  stopOnSignal(app, listeners)
  await openOrExit(listeners)
  await notifyReady()
  const { ListenAddress, EnableLocalMode, LocalModeSocketLocation } = app.config.running.ServiceSettings
  const local = EnableLocalMode ? ` and ${LocalModeSocketLocation}` : ''
  process.stdout.write(`stand-in for Mattermost ${standsFor.name}: listening on ${ListenAddress}${local}\n`)
  await keepDoors(app, listeners)
}

function loadOrExit(config: ConfigFile): void {
  mkdirSync(join(config.path, '..'), { recursive: true })
  try {
    config.load()
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error
    const where = 'failed to load configuration: failed to create store: unable to load on store creation'
    process.stderr.write(`Error: ${where}: ${error.message}\n`)
    process.exit(1)
  }
}

/** Waits until the database of the settings would let us in: for ever, as the real server does. */
async function databaseAnswers(app: App): Promise<void> {
  let said = false
  for (;;) {
    const { databaseDown, requireDataSource } = app.faults.now()
    const { DataSource } = app.config.running.SqlSettings
    const unset = DataSource === DEFAULT_DATA_SOURCE && !options['accept-default-database']
    const refused = requireDataSource !== undefined && requireDataSource !== DataSource
    if (!databaseDown && !unset && !refused) return
    const reason = unset ? 'SqlSettings.DataSource was never set' : 'it is down or refuses the password'
    if (!said) process.stderr.write(`stand-in for Mattermost: waiting for the database: ${reason}\n`)
    said = true
    await wait(LOOK_EVERY)
  }
}

async function openOrExit(listeners: Listeners): Promise<void> {
  try {
    await listeners.open()
  } catch (error) {
    process.stderr.write(`Error: cannot start the server: ${(error as Error).message}\n`)
    process.exit(1)
  }
}

function stopOnSignal(app: App, listeners: Listeners): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.removeAllListeners(signal)
    process.once(signal, async () => {
      await listeners.close()
      app.state.close()
      process.exit(0)
    })
  }
}

/** Closes port and socket while the fault "down" is on, and opens them again afterwards. */
async function keepDoors(app: App, listeners: Listeners): Promise<void> {
  for (;;) {
    await wait(LOOK_EVERY)
    const down = app.faults.now().down ?? false
    if (down && listeners.isOpen) await listeners.close()
    if (!down && !listeners.isOpen) await openOrExit(listeners)
  }
}
