import { PassThrough } from 'node:stream'
import t from 'tap'
import { runAdopt } from '../../src/cli/adoption.js'
import { createPaths } from '../../src/paths.js'
import type { AdoptOutcome } from '../../src/stories/adoption-operations.js'
import type { Operations } from '../../src/stories/operations.js'

t.test('adopt says when there was nothing left to take over', async t => {
  const plan = { revision: 'r', files: [], actions: [], notes: [] }
  const held = { state: 'held', reason: 'the site was adopted', hint: 'run teamchat apply' } as const
  const cases: [AdoptOutcome, RegExp][] = [
    [
      { dryRun: false, taken: [], plan: { ...plan, management: { state: 'managed' } } },
      /^nothing to take over/,
    ],
    [
      { dryRun: false, taken: ['Home'], plan: { ...plan, management: held } },
      /^taken over, [\s\S]*\n {2}Home\n/,
    ],
    [{ dryRun: false, taken: [], plan: { ...plan, management: held } }, /^taken over, /],
    [
      { dryRun: true, taken: ['Home'], plan: { ...plan, management: held } },
      /^would be taken over.*nothing was written/,
    ],
  ]
  for (const [outcome, says] of cases) {
    const stdout = new PassThrough()
    const io = { stdin: new PassThrough(), stdout, stderr: new PassThrough(), env: {} }
    const around = { io, version: '0', paths: createPaths({ root: t.testdir({}), env: {} }) }
    const operations = { adopt: async () => outcome } as unknown as Operations
    const doctor = async () => {
      throw new Error('nobody asks for it here')
    }
    const open = async () => ({ operations, doctor, testDirectory: doctor, close: async () => undefined })
    t.equal(await runAdopt(around, open, { json: false, vhost: false, dryRun: outcome.dryRun }), 0)
    t.match(String(stdout.read()), says)
  }
})
