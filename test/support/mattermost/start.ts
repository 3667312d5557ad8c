import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.js'
import { type Mattermost, ServerProcess, type StartOptions } from './server-process.js'

export { type Mattermost, type StartOptions, spawnStandIn } from './server-process.js'

/** The part of a tap test that the starter needs. */
export interface Teardown {
  teardown(end: () => unknown): unknown
}

/** The unpacked release that tests shall use in the place of the stand-in, or undefined. */
export function realRelease(): string | undefined {
  return process.env.TEAMCHAT_TEST_MATTERMOST || undefined
}

/**
 * Whether a test that needs the fault switches can run. With a real server it marks the test as skipped, with
 * the reason, and returns false: `if (!needsStandIn(t)) return`.
 */
export function needsStandIn(t: { pass(message: string, extra: { skip: string }): unknown }): boolean {
  if (realRelease() === undefined) return true
  t.pass('needs the stand-in', { skip: 'TEAMCHAT_TEST_MATTERMOST names a real server' })
  return false
}

/**
 * Starts a server on an empty state with local mode on, its own port and socket, and stops it with the test. A
 * port that somebody took between the choice and the start is chosen anew, twice.
 */
export async function startMattermost(t: Teardown, options: StartOptions = {}): Promise<Mattermost> {
  const release = realRelease()
  if (release !== undefined && options.faults) throw new Error('cannot set faults: the server is a real one')
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'mattermost-'))
  mkdirSync(join(home, 'config'), { recursive: true })
  mkdirSync(join(home, 'data'), { recursive: true })
  if (release !== undefined) linkRelease(release, home)
  const source = await dataSource(t, options)
  const server = new ServerProcess(home, release, options)
  t.teardown(async () => {
    await server.stop()
    if (options.home === undefined) rmSync(home, { recursive: true, force: true })
  })
  for (let tries = 1; ; tries += 1) {
    if (options.home === undefined) await writeFreshConfig(server.configFile, home, options, source)
    try {
      await server.start()
      return server
    } catch (error) {
      if (options.home !== undefined || tries === 3 || !/address already in use/i.test(server.stderr()))
        throw error
    }
  }
}

async function writeFreshConfig(
  file: string,
  home: string,
  options: StartOptions,
  source: string,
): Promise<void> {
  const config = freshConfig(home, await freePort(), source)
  for (const [section, members] of Object.entries(options.config ?? {})) {
    config[section] = { ...config[section], ...members }
  }
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 })
}

/** A real server needs an empty database of its own: one in a test host, unless the caller names another. */
async function dataSource(t: Teardown, options: StartOptions): Promise<string> {
  const given = options.dataSource ?? process.env.TEAMCHAT_TEST_DATASOURCE
  if (given !== undefined && (options.dataSource !== undefined || realRelease() !== undefined)) return given
  if (realRelease() === undefined) return 'postgres://stand-in/none'
  // Loaded by need: the stand-in alone must not ask for a test host.
  const [{ startHost }, { startPostgres }] = await Promise.all([
    import('../host/host.js'),
    import('../postgres.js'),
  ])
  const host = await startHost(t, { systemd: false, network: 'shared' })
  return (await startPostgres(t, host)).dataSource
}

function freshConfig(home: string, port: number, source: string) {
  const config: Record<string, Record<string, unknown>> = {
    ServiceSettings: {
      SiteURL: '',
      ListenAddress: `127.0.0.1:${port}`,
      EnableLocalMode: true,
      LocalModeSocketLocation: join(home, 'local.socket'),
      EnableSecurityFixAlert: false,
    },
    SqlSettings: { DriverName: 'postgres', DataSource: source },
    FileSettings: { Directory: join(home, 'data') },
    LogSettings: { EnableDiagnostics: false, FileLocation: join(home, 'logs') },
    PluginSettings: { AutomaticPrepackagedPlugins: false, EnableRemoteMarketplace: false },
    AnnouncementSettings: { AdminNoticesEnabled: false, UserNoticesEnabled: false },
  }
  return config
}

/** A real server looks for these beside its working folder. */
function linkRelease(release: string, home: string): void {
  mkdirSync(join(home, 'logs'), { recursive: true })
  for (const name of ['bin', 'client', 'fonts', 'i18n', 'templates']) {
    if (existsSync(join(release, name)) && !existsSync(join(home, name))) {
      symlinkSync(join(release, name), join(home, name))
    }
  }
}
