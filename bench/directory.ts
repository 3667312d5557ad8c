import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import { projectRoot } from '../src/paths.js'
import { startHost } from '../test/support/host/host.js'
import { personLdif, type Slapd, startSlapd } from '../test/support/slapd.js'
import type { Measured } from './directory/measure.js'
import { type Bench, median, type Row } from './row.js'

const PEOPLE = Number(process.env.TEAMCHAT_BENCH_PEOPLE ?? 100_000)
const RUNS = 5
const TIME_LIMIT = 1.1
/** Megabytes; a Node that has only loaded the program has about 75. */
const MEMORY_LIMIT = 200

/**
 * Everybody of a big OpenLDAP read and planned, beside bare ldapts that asks for the same attributes and drops each
 * page. Every run is a process of its own; needs a test host with slapd.
 */
export const bench: Bench = { name: `a directory of ${PEOPLE} accounts (slapd)`, run }

async function run(): Promise<Row[]> {
  const ends: (() => unknown)[] = []
  const t = { teardown: (end: () => unknown) => ends.unshift(end) } as unknown as Test
  try {
    const host = await startHost(t, { systemd: false, network: 'shared' })
    const slapd = await startSlapd(t, host, { users: peopleLdif(PEOPLE), tls: false })
    measured('bare', slapd) // slapd has the entries in its cache afterwards
    const bare: Measured[] = []
    const ours: Measured[] = []
    for (let turn = 0; turn < RUNS; turn += 1) {
      bare.push(measured('bare', slapd))
      ours.push(measured('ours', slapd))
    }
    return rows(bare, ours)
  } finally {
    for (const end of ends) await end()
  }
}

function rows(bare: Measured[], ours: Measured[]): Row[] {
  const of = (runs: Measured[], pick: (one: Measured) => number) => median(runs.map(pick))
  const [value, peer] = [of(ours, one => one.ms), of(bare, one => one.ms)]
  const name = 'bare ldapts'
  return [
    {
      name: 'read and planned',
      value,
      unit: 'ms',
      peer: { name, value: peer },
      ratio: value / peer,
      limit: TIME_LIMIT,
    },
    {
      name: 'most memory (RSS), the worst run',
      value: Math.max(...ours.map(one => one.mostMb)),
      unit: 'MB',
      peer: { name, value: of(bare, one => one.mostMb) },
      limit: MEMORY_LIMIT,
    },
    { name: 'memory before', value: of(ours, one => one.beforeMb), unit: 'MB' },
    { name: 'of it the reading', value: of(ours, one => one.readMs), unit: 'ms' },
    { name: 'live afterwards (heap)', value: of(ours, one => one.heapMb), unit: 'MB' },
  ]
}

function measured(what: 'bare' | 'ours', { uri, userDn, bindDn, bindPassword }: Slapd): Measured {
  const program = join(projectRoot(), `dist/bench/directory/${what}.js`)
  const flags = (process.env.TEAMCHAT_BENCH_NODE ?? '').split(' ').filter(flag => flag !== '')
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '--expose-gc', program], {
    input: JSON.stringify({ uri, userDn, bindDn, bindPassword, people: PEOPLE }),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`cannot measure ${what}: ${stderr}`)
  if (process.env.TEAMCHAT_BENCH_VERBOSE) console.log(what, stdout.trim())
  return JSON.parse(stdout) as Measured
}

const FIRST = ['Anna', 'Bernd', 'Carla', 'David', 'Emma', 'Fabio', 'Giulia', 'Hans', 'Irène', 'Jörg']
const LAST = ['Bianchi', 'Dupont', 'Esposito', 'Ferrari', 'Müller', 'Rossi', 'Schmidt', 'Weber']

/** As NethServer keeps them, with a hash of crypt(3) and a password's age. */
export function peopleLdif(count: number): string {
  const parts: string[] = []
  for (let number = 0; number < count; number += 1) {
    const givenName = FIRST[number % FIRST.length] ?? ''
    const sn = `${LAST[number % LAST.length]}-${number}`
    const uid = `person${String(number).padStart(6, '0')}`
    const person = { uid, cn: `${givenName} ${sn}`, sn, givenName, mails: [`${uid}@example.org`] }
    const password = `{CRYPT}$6$${uid}$${'x'.repeat(86)}`
    const attributes = { title: 'Teacher', shadowLastChange: '19700', shadowMax: '99999', shadowMin: '0' }
    parts.push(personLdif({ ...person, password, attributes }, 'ou=People,dc=directory,dc=nh'))
  }
  return parts.join('')
}
