import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  type FSWatcher,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { projectRoot } from '../src/paths.js'
import { type Bench, median, percentile, type Row } from './row.js'

/** So many that the slowest is not the p99. */
const SAVES = 200
/** A timer is waited for after each so many saves. */
const TIMER_EACH = 5
/** The daemon's default: a save is over when the DB has been quiet for so long. */
const QUIET_MS = 100
/** Beyond the quiet time, for the slowest but one of a hundred. */
const LIMIT_MS = 15

/** From the last rename of a save to config.json and the virtual host both being in place, by a daemon that runs. */
export const bench: Bench = { name: 'last write of a save → both files committed', run }

async function run(): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'teamchatd-bench-'))
  const places = siteIn(root)
  const daemon = spawn(process.execPath, [join(projectRoot(), 'dist/src/bin/teamchatd.js'), '--root', root], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, TEAMCHAT_LOG_LEVEL: 'info' },
  })
  try {
    await saidBy(daemon.stdout, /everything is as|wrote .*mattermost\.conf/)
    const first = await timeOfSave(places, 'first.example.org')
    const times: number[] = []
    const writes: number[] = []
    const late: number[] = []
    for (let save = 0; save < SAVES; save += 1) {
      times.push((await timeOfSave(places, `chat${save}.example.org`)) - QUIET_MS)
      if (save % TIMER_EACH === 0) late.push(await timeOfTimer())
    }
    // Not in between: what they leave to the disk would be done with the daemon's next save.
    for (let save = 0; save < SAVES; save += 1) {
      writes.push(await timeOfDurableWrites(join(root, 'var/lib/teamchatd')))
      await sleep(QUIET_MS)
    }
    return [
      { name: 'the first save after a start, beyond the quiet time', value: first - QUIET_MS, unit: 'ms' },
      row('median', times, writes, median),
      row('p99', times, writes, values => percentile(values, 99)),
      { name: 'a timer alone is late by, median', value: median(late), unit: 'ms' },
      { name: 'a timer alone is late by, most', value: Math.max(...late), unit: 'ms' },
    ]
  } finally {
    daemon.kill('SIGTERM')
    await once(daemon, 'exit')
    rmSync(root, { recursive: true })
  }
}

/** Beside the durable writes that it cannot do without, as they cost in the same run. */
function row(name: string, beyond: number[], disk: number[], of: (values: number[]) => number): Row {
  const [value, peer] = [of(beyond), of(disk)]
  return {
    name: `${name} beyond the quiet time`,
    value,
    unit: 'ms',
    peer: { name: 'its durable writes alone', value: peer },
    ratio: value / peer,
    limit: LIMIT_MS,
  }
}

/** What must be on the disk before a file may take its place: both files, and the journal with its name. */
async function timeOfDurableWrites(folder: string): Promise<number> {
  const begin = performance.now()
  const place = (name: string) => join(folder, `bench-${name}`)
  const files = await Promise.all(['journal', 'config', 'vhost'].map(name => open(place(name), 'w', 0o600)))
  for (const file of files) await file.writeFile('x'.repeat(4096))
  const names = await open(folder, 'r')
  await Promise.all([...files, names].map(one => one.sync()))
  for (const one of [...files, names]) await one.close()
  const taken = performance.now() - begin
  for (const name of ['journal', 'config', 'vhost']) rmSync(place(name))
  return taken
}

/** How late a timer of the quiet time's length comes on this machine, now. */
async function timeOfTimer(): Promise<number> {
  const begin = performance.now()
  await sleep(QUIET_MS)
  return performance.now() - begin - QUIET_MS
}

interface Places {
  db: string
  config: string
  vhost: string
}

function siteIn(root: string): Places {
  const places = {
    db: join(root, 'var/lib/nethserver/db/configuration'),
    config: join(root, 'opt/mattermost/config/config.json'),
    vhost: join(root, 'etc/apache2/sites-available/mattermost.conf'),
  }
  for (const file of Object.values(places)) mkdirSync(dirname(file), { recursive: true })
  mkdirSync(join(root, 'etc/apache2/sites-enabled'), { recursive: true })
  writeFileSync(places.config, bigConfig())
  save(places.db, 'chat.example.org')
  return places
}

/** As long as what Mattermost 11.2 writes: 40 sections, 700 settings, 30 KB. */
function bigConfig(): string {
  const values = [true, 'https://example.org/a/b', '', 4, null, ['a', 'b']]
  const section = () =>
    Object.fromEntries(Array.from({ length: 18 }, (_, at) => [`Setting${at}`, values[at % 6]]))
  const sections = Array.from({ length: 40 }, (_, at) => [`Section${at}Settings`, section()])
  return JSON.stringify(Object.fromEntries(sections), null, 4)
}

function save(db: string, virtualHost: string): void {
  writeFileSync(
    `${db}.new`,
    `DomainName=example.org\nhttpd=service|Platform|debian|status|enabled\nmattermost=service|VirtualHost|${virtualHost}|status|enabled\n`,
  )
  renameSync(`${db}.new`, db)
}

async function timeOfSave(places: Places, virtualHost: string): Promise<number> {
  const committed = both(places, virtualHost)
  save(places.db, virtualHost)
  const begin = performance.now()
  return (await committed) - begin
}

/** The moment when both files hold the name. */
function both({ config, vhost }: Places, virtualHost: string): Promise<number> {
  return new Promise(resolve => {
    const watchers: FSWatcher[] = []
    const look = () => {
      if (![config, vhost].every(file => holds(file, virtualHost))) return
      const now = performance.now()
      for (const watcher of watchers) watcher.close()
      resolve(now)
    }
    // What happens to other names would only take time from the daemon, which is what is measured.
    for (const file of [config, vhost])
      watchers.push(watch(dirname(file), (_event, name) => name === basename(file) && look()))
  })
}

function holds(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes(text)
  } catch {
    return false
  }
}

async function saidBy(output: NodeJS.ReadableStream, wanted: RegExp): Promise<void> {
  for await (const line of createInterface({ input: output })) {
    if (wanted.test(line)) {
      output.resume()
      return
    }
  }
  throw new Error('the daemon ended before it was ready')
}
