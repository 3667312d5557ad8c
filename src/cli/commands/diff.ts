import type { DiffOutcome } from '../../api/contract/history.js'
import { exitStatus } from '../../errors.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import type { CommandContext } from '../context.js'
import { generationNumber } from '../generation-number.js'
import { show } from '../json-output.js'
import { diffLines } from '../output/diff-lines.js'

/** 0 nothing differs, 2 something does. */
export const command = defineCommand({
  name: 'diff',
  summary: 'shows how generations differ',
  description: [
    'From each other, or from the live files. Without a number: the newest generation against the live files, that is, everything that somebody else has changed since. N: that one against the live files. N M: the changes from N to M. 0 is the state of the site before teamchatd. config.json is compared leaf by leaf, and only the leaves that teamchatd sets; secrets are masked.',
    'Exit status: 0 nothing differs, 2 something does.',
  ],
  options: { json: JSON_OPTION },
  operands: { from: { shown: 'N', count: 'optional' }, to: { shown: 'M', count: 'optional' } },
  examples: [
    { run: 'teamchat diff', text: 'Show what somebody else has changed since the last apply.' },
    { run: 'teamchat diff 3 5', text: 'Show the changes from generation 3 to generation 5.' },
  ],
  async run(context, { options, operands }) {
    const [from, to] = [operands.from, operands.to].map(text =>
      text === undefined ? undefined : generationNumber(text),
    )
    const outcome = await operate(context, 'reads', operations => operations.diff({ from, to }))
    await show(context, options, outcome, outcomeOfDiff(outcome, context))
    return outcome.files.length === 0 ? exitStatus.done : exitStatus.changesPending
  },
})

function outcomeOfDiff(outcome: DiffOutcome, context: CommandContext): string[] {
  const lines = outcome.files.flatMap(file => diffLines(file.diff, context))
  const notes = outcome.notes.map(note => `note: ${note}`)
  if (outcome.files.length > 0) return [...lines, ...notes]
  return [
    `nothing differs between ${outcome.from} and ${outcome.to === 'live' ? 'what is live' : outcome.to}`,
    ...notes,
  ]
}
