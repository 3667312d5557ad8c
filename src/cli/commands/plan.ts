import { exitStatus } from '../../errors.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import { show } from '../json-output.js'
import { isEmpty, planLines } from '../output/plan-lines.js'

/** 0 nothing to do, 2 changes are pending, 78 where this host may not be managed (yet). */
export const command = defineCommand({
  name: 'plan',
  summary: 'shows what apply would change, and why',
  description: [
    'Nothing is written. Exit status: 0 nothing to do or not managed, 2 changes are pending, 78 the configuration is wrong or teamchat adopt must come first.',
  ],
  options: {
    diff: { text: 'show each file as a unified diff, config.json leaf by leaf; secrets are masked' },
    json: JSON_OPTION,
  },
  examples: [
    { run: 'teamchat plan', text: 'Show what is pending.' },
    { run: 'teamchat plan --diff', text: 'Show the lines of each file that would change.' },
  ],
  async run(context, { options }) {
    const plan = await operate(context, 'reads', operations => operations.plan())
    await show(context, options, plan, planLines(plan, context, options))
    const { state } = plan.management
    if (state === 'not-adopted' || state === 'refused') return exitStatus.configuration
    return isEmpty(plan) ? exitStatus.done : exitStatus.changesPending
  },
})
