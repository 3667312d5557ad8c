import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { projectRoot } from '../src/paths.js'

interface Outcome {
  file: string
  passed: number
  failed: number
  skipped: number
  why?: string
}

interface FilesInTurn {
  longestFirst(files: string[]): string[]
  runFiles(files: string[], told: (outcome: Outcome) => void): Promise<Outcome[]>
}

const { longestFirst, runFiles } = (await import(
  pathToFileURL(join(projectRoot(), 'test/files-in-turn.mjs')).href
)) as FilesInTurn

const CASES: Record<
  string,
  { does: string; passed?: number; failed?: number; skipped?: number; why?: RegExp }
> = {
  passes: { does: `t.test('a', async t => t.pass('x'))`, passed: 1 },
  skips: { does: `t.test('a', { skip: 'no reason' }, async () => {})`, skipped: 1 },
  'is skipped': { does: `t.plan(0, 'not here')` },
  fails: { does: `t.test('a', async t => { t.equal(1, 2); t.pass('x') })`, passed: 1, failed: 1 },
  'ends early': { does: `t.test('a', async t => { t.pass('x'); process.exit(0) })`, passed: 1, failed: 1 },
  'is no test': { does: '', failed: 1, why: /ended with 0/ },
  'is killed': { does: `process.kill(process.pid, 'SIGKILL')`, failed: 1, why: /ended with SIGKILL/ },
  throws: { does: `process.on('exit', () => process.exit(3)); t.pass('x')`, failed: 1, why: /ended with 3/ },
}

t.test('what becomes of each file is told and counted', async t => {
  const names = Object.keys(CASES)
  const folder = t.testdir(
    Object.fromEntries(
      names.map(name => {
        const head = name === 'is no test' ? '' : `import t from '${import.meta.resolve('tap')}'\n`
        return [`${name}.mjs`, head + CASES[name]?.does]
      }),
    ),
  )
  const told: string[] = []
  const outcomes = await runFiles(
    names.map(name => join(folder, `${name}.mjs`)),
    ({ file }) => told.push(file),
  )
  t.strictSame(
    told,
    outcomes.map(({ file }) => file),
  )
  for (const name of names) {
    const { passed = 0, failed = 0, skipped = 0, why } = CASES[name] ?? {}
    const outcome = outcomes.find(({ file }) => file.endsWith(`/${name}.mjs`))
    t.match(outcome, { failed, skipped, ...(why === undefined ? { passed } : { why }) }, name)
  }
})

t.test('what takes long starts first', async t => {
  const files = ['test/config/a', 'test/settings/a', 'test/integration/b', 'test/integration/a']
  t.strictSame(longestFirst(files), [
    'test/integration/b',
    'test/integration/a',
    'test/settings/a',
    'test/config/a',
  ])
})
