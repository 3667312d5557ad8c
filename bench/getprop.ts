import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createPaths, projectRoot } from '../src/paths.js'
import { type Bench, median, type Row } from './row.js'

const RUNS = 21
/** An empty ES module alone is at 1.2 to 1.3; ours, its paths and the DB may cost as much as half a start of Node. */
const LIMIT = 1.75
const program = join(projectRoot(), 'dist/src/bin/teamchat.js')

/** A cold `teamchat config getprop` beside a cold `node -e 0`: what a shell script pays for each look at the DB. */
export const bench: Bench = { name: 'a cold look at the DB', run }

/** Medians of interleaved runs, in milliseconds. Needs the built `dist`. */
async function run(): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'teamchat-bench-'))
  try {
    writeDb(root, 'mattermost=service|VirtualHost|chat.example.org|status|enabled\n')
    const small = medians(root)
    writeDb(root, bigDb())
    const big = medians(root)
    const peer = (value: number) => ({ name: 'node -e 0', value })
    return [
      {
        name: 'teamchat config getprop, cold',
        value: small.getprop,
        unit: 'ms',
        peer: peer(small.node),
        ratio: small.getprop / small.node,
        limit: LIMIT,
      },
      {
        name: 'teamchat config getprop, cold, 100,000 records',
        value: big.getprop,
        unit: 'ms',
        peer: peer(big.node),
        ratio: big.getprop / big.node,
      },
    ]
  } finally {
    rmSync(root, { recursive: true })
  }
}

function medians(root: string): { getprop: number; node: number } {
  const getprop: number[] = []
  const node: number[] = []
  for (let turn = 0; turn < RUNS; turn += 1) {
    node.push(timed(['-e', '0'], root))
    getprop.push(timed([program, 'config', 'getprop', 'mattermost', 'VirtualHost'], root))
  }
  return { getprop: median(getprop), node: median(node) }
}

function timed(args: string[], root: string): number {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: { PATH: process.env.PATH, TEAMCHAT_ROOT: root },
  })
  if (status !== 0) throw new Error(`cannot measure ${args.join(' ')}: status ${status}: ${stderr}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

function writeDb(root: string, lines: string): void {
  const { configurationDb } = createPaths({ root, env: {} })
  mkdirSync(dirname(configurationDb), { recursive: true })
  writeFileSync(configurationDb, lines)
}

/** 12 MB, the record that is asked for in the middle. */
function bigDb(): string {
  const filler = 'x'.repeat(80)
  const lines = Array.from(
    { length: 100_000 },
    (_, number) => `record${number}=service|note|${filler}|status|enabled`,
  )
  lines[50_000] = 'mattermost=service|VirtualHost|chat.example.org|status|enabled'
  return `${lines.join('\n')}\n`
}
