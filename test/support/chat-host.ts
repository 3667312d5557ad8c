import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { projectRoot } from '../../src/paths.js'
import { installApache } from './apache.js'
import { type Host, startHost } from './host/host.js'
import { realRelease } from './mattermost/start.js'
import { startPostgres } from './postgres.js'

/** Where this site has put Mattermost: not the default, as many have it. */
export const HOME = '/srv/chat'
const STAND_IN = '/usr/lib/stand-in-for-mattermost'

/** A whole server: systemd, Apache, Mattermost (stand-in or real) as a unit, teamchatd installed and not started. */
export interface ChatHost {
  host: Host
  /** Runs a command of the package inside; any exit status. */
  run(command: string[], input?: string): Promise<{ status: number; stdout: string; stderr: string }>
  /** As `run`, and the exit status must be 0. */
  must(command: string[], input?: string): Promise<string>
  /** One request through Apache by name. */
  ask(url: string, options?: { method?: string; body?: object }): Promise<{ status: number; body: string }>
  /** Logs in to Mattermost through Apache; the HTTP status. */
  login(site: string, name: string, password: string): Promise<number>
  /** The configuration that is in force, asked through the local-mode socket. */
  runningConfig(): Promise<Record<string, Record<string, unknown>>>
  /** A property of a unit. */
  show(unit: string, property: string): Promise<string>
  /** Asks until `look` gives true; fails with `what` after 60 s. */
  until(what: string, look: () => Promise<boolean>): Promise<void>
  /** The parts of Mattermost's data source, and the password for the secret file. */
  database: { host: string; port: string; name: string; user: string; password: string; url: string }
}

/** The record of this site's Mattermost, for `teamchat config set`. */
export function mattermostRecord({ database }: ChatHost, over: Record<string, string> = {}): string[] {
  const { host, port, name, user } = database
  const props = {
    ...{ status: 'enabled', VirtualHost: 'chat.example.org', Home: HOME },
    ...{ DatabaseHost: host, DatabasePort: port, DatabaseName: name, DatabaseUser: user },
    ...over,
  }
  return ['mattermost', 'service', ...Object.entries(props).flat()]
}

/** Boots it; nothing of teamchatd has run. `modules`: of Apache, by default all that a virtual host needs. */
export async function startChatHost(
  t: Test,
  options: { modules?: readonly string[] } = {},
): Promise<ChatHost> {
  const host = await startHost(t)
  await installApache(host, {
    modules: options.modules ?? ['ssl', 'proxy', 'proxy_http', 'rewrite', 'headers'],
  })
  const database = await databaseOf(t, host)
  await installMattermost(host)
  await installTeamchatd(host)
  const run = async (command: string[], input?: string) => {
    const { status, stdout, stderr } = await host.run(command, {
      expectStatus: 'any',
      timeoutMs: 120_000,
      ...(input === undefined ? {} : { input }),
    })
    return { status: status ?? -1, stdout, stderr }
  }
  const ask: ChatHost['ask'] = async (url, options = {}) => {
    const { method, body } = options
    try {
      return await host.http({
        url,
        address: '127.0.0.1',
        insecure: true,
        ...(method === undefined ? {} : { method }),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
    } catch (error) {
      return { status: 0, body: String(error) }
    }
  }
  return {
    host,
    database,
    run,
    ask,
    must: async (command, input) => {
      const { status, stdout, stderr } = await run(command, input)
      if (status !== 0) throw new Error(`'${command.join(' ')}' ended with ${status}: ${stdout}${stderr}`)
      return stdout
    },
    login: async (site, name, password) =>
      (await ask(`${site}/api/v4/users/login`, { method: 'POST', body: { login_id: name, password } }))
        .status,
    runningConfig: async () => {
      const script = `require('node:http').get({ socketPath: '/var/tmp/mattermost_local.socket', path: '/api/v4/config' }, answer => answer.pipe(process.stdout))`
      return JSON.parse((await host.run([process.execPath, '--eval', script])).stdout)
    },
    show: async (unit, property) =>
      (await host.run(['systemctl', 'show', '--value', '-p', property, unit])).stdout.trim(),
    until: async (what, look) => {
      for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) if (await look()) return
      const journal = await host.journal('teamchatd.service')
      throw new Error(`it never came to be: ${what}\n${journal.slice(-4000)}`)
    },
  }
}

async function databaseOf(t: Test, host: Host): Promise<ChatHost['database']> {
  const url = realRelease() === undefined ? undefined : new URL((await startPostgres(t, host)).dataSource)
  if (url === undefined) {
    const password = `p@ss/w:rd-${randomBytes(4).toString('hex')}`
    const encoded = encodeURIComponent(password)
    const site = `postgres://mattuser:${encoded}@127.0.0.1:5432/mattermost?sslmode=disable&connect_timeout=10`
    return { host: '127.0.0.1', port: '5432', name: 'mattermost', user: 'mattuser', password, url: site }
  }
  return {
    host: url.hostname,
    port: url.port,
    name: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    url: url.href,
  }
}

async function installMattermost(host: Host): Promise<void> {
  const release = realRelease()
  await host.run(['useradd', '--system', '--no-create-home', '--home-dir', HOME, 'mattermost'])
  await host.run(['mkdir', '-p', `${HOME}/config`, `${HOME}/data`, `${HOME}/logs`])
  let program = `${HOME}/bin/mattermost`
  if (release === undefined) {
    // A copy: the unit's user may not be able to look into the checkout.
    const root = projectRoot()
    await host.run(['mkdir', '-p', `${STAND_IN}/dist`, `${STAND_IN}/node_modules`])
    await host.run(['cp', '-r', `${root}/package.json`, STAND_IN])
    await host.run(['cp', '-r', `${root}/dist/src`, `${root}/dist/test`, `${STAND_IN}/dist`])
    await host.run(['cp', '-r', `${root}/test`, STAND_IN])
    const libraries = ['ws', 'koffi', '@koromix'].map(name => `${root}/node_modules/${name}`)
    await host.run(['cp', '-r', ...libraries, `${STAND_IN}/node_modules`])
    await host.run(['chmod', '-R', 'a+rX', STAND_IN])
    program = `${process.execPath} ${STAND_IN}/dist/test/support/mattermost/server.js --home ${HOME}`
  } else {
    await host.run(['cp', '-r', `${release}/.`, HOME])
  }
  await host.run(['chown', '-R', 'mattermost:mattermost', HOME])
  await host.installUnit(
    'mattermost.service',
    `[Unit]
Description=Mattermost
StartLimitIntervalSec=0
[Service]
Type=notify
NotifyAccess=all
User=mattermost
Group=mattermost
WorkingDirectory=${HOME}
ExecStart=${program}
TimeoutStartSec=3600
KillMode=mixed
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
`,
  )
}

/** As `npm install --global` would: links to the programs, and the unit as it is shipped. */
async function installTeamchatd(host: Host): Promise<void> {
  const root = projectRoot()
  for (const name of ['teamchatd', 'teamchat', 'mattermost-bulk-user-create']) {
    await host.run(['chmod', '+x', join(root, `dist/src/bin/${name}.js`)])
    await host.run(['ln', '-s', join(root, `dist/src/bin/${name}.js`), `/usr/bin/${name}`])
  }
  await host.run(['cp', join(root, 'systemd/teamchatd.service'), '/etc/systemd/system/'])
  await host.run(['systemctl', 'daemon-reload'])
}
