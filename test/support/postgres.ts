import { randomBytes } from 'node:crypto'
import { freePort } from './free-port.js'
import type { Host, Teardown } from './host/host.js'

/** A running PostgreSQL of a test, on the host's loopback. */
export interface Postgres {
  port: number
  /** Folder of the Unix socket, inside; a password is asked there too. */
  socketFolder: string
  /** URL of an empty database for Mattermost's SqlSettings.DataSource, password included. */
  dataSource: string
  /** Another empty database of the same owner: its URL. */
  freshDatabase(): Promise<string>
  /** Runs SQL as the database's superuser; the output has a line per row, fields separated by `|`. */
  sql(text: string, database?: string): Promise<string>
  stop(): Promise<void>
}

const owner = 'mmuser'

/** Starts a PostgreSQL inside of `host` (about 1.5 s) and ends it with the test. Its data are in memory. */
export async function startPostgres(t: Teardown, host: Host): Promise<Postgres> {
  const name = `pg-${randomBytes(4).toString('hex')}`
  const folder = `/run/${name}`
  const data = `${folder}/data`
  const password = randomBytes(12).toString('hex')
  const port = await freePort()
  const found = await host.run(['sh', '-c', 'ls -d /usr/lib/postgresql/*/bin'])
  const programs = found.stdout.trim().split('\n').at(-1)
  // PostgreSQL refuses to run as root.
  const asPostgres = ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups']
  await host.run(['install', '-d', '-m', '755', '-o', 'postgres', '-g', 'postgres', folder])
  const access = ['--auth-local=scram-sha-256', '--auth-host=scram-sha-256', `--pwfile=${folder}/password`]
  await host.write(`${folder}/password`, password, { mode: 0o600, owner: 'postgres' })
  const initdb = ['--no-sync', '--encoding=UTF8', '--locale=C.UTF-8', '--username=postgres', ...access]
  await host.run([...asPostgres, `${programs}/initdb`, `--pgdata=${data}`, ...initdb])
  const settings = `listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${folder}'
fsync = off
`
  await host.write(`${data}/conf.d/test.conf`, settings, { owner: 'postgres' })
  await host.run(['sh', '-c', 'echo "include_dir = \'conf.d\'" >>"$1"', 'include', `${data}/postgresql.conf`])
  const control = [...asPostgres, `${programs}/pg_ctl`, `--pgdata=${data}`, '--wait', '--silent']
  await host.run([...control, `--log=${folder}/log`, 'start'])
  let running = true

  async function stop(): Promise<void> {
    if (!running) return
    running = false
    await host.run([...control, '--mode=immediate', 'stop'])
  }

  async function sql(text: string, database = 'postgres'): Promise<string> {
    const connection = ['--host', folder, '--port', String(port), '--username', 'postgres', database]
    const quiet = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1']
    const done = await host.run([`${programs}/psql`, ...quiet, ...connection], {
      input: text,
      env: { PGPASSWORD: password },
    })
    return done.stdout
  }

  async function freshDatabase(): Promise<string> {
    const database = `mattermost_${randomBytes(4).toString('hex')}`
    await sql(`CREATE DATABASE ${database} OWNER ${owner}`)
    return `postgres://${owner}:${password}@127.0.0.1:${port}/${database}?sslmode=disable&connect_timeout=10`
  }

  t.teardown(stop)
  await sql(`CREATE ROLE ${owner} LOGIN PASSWORD '${password}'`)
  return { port, socketFolder: folder, dataSource: await freshDatabase(), freshDatabase, sql, stop }
}
