import t from 'tap'
import type { AdoptOutcome } from '../../src/api/contract/settings.js'
import { command as adopt } from '../../src/cli/commands/adopt.js'
import { commandOperations } from '../support/command-operations.js'

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
    const { stdout, context } = commandOperations(t, { adopt: async () => outcome })
    const options = { json: false, vhost: false, dryRun: outcome.dryRun }
    t.equal(await adopt.run(context, { options, operands: {} }), 0)
    t.match(String(stdout.read()), says)
  }
})
