import { exitStatus } from '../../errors.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import { show } from '../json-output.js'
import { outcomeLines } from '../output/plan-lines.js'

/** Does once what the plan shows. */
export const command = defineCommand({
  name: 'apply',
  summary: 'applies the configuration DB once',
  description: [
    'It goes through the daemon, or works by itself where none runs. A Mattermost that was stopped by hand is started. A change that a check refused is tried again; a change that broke the site and was undone only with --force.',
    'Exit status: 0 done, nothing to do or not managed, 1 something failed or was undone, 75 teamchatd is paused or another process holds the lock, 78 the configuration is wrong or teamchat adopt must come first.',
  ],
  options: {
    force: {
      text: 'try again what was undone, let an output shrink to a fraction of its size, and work during a pause',
    },
    json: JSON_OPTION,
  },
  examples: [
    { run: 'teamchat apply', text: 'Apply the configuration DB now.' },
    { run: 'teamchat apply --force', text: 'Try a change again that was undone, after its cause is gone.' },
  ],
  async run(context, { options }) {
    const outcome = await operate(context, 'writes', operations => operations.apply({ force: options.force }))
    await show(context, options, outcome, outcomeLines(outcome, context))
    return exitStatus.done
  },
})
