import { exitStatus } from '../../../errors.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { show } from '../../json-output.js'
import { peoplePlanLines } from '../../output/people-plan-lines.js'

/** 2 where something would be done. */
export const command = defineCommand({
  name: 'users plan',
  summary: 'shows what a sync of everybody would do',
  description: [
    'Person by person, and why.',
    'Below the people: how many mails Mattermost will send because of it, which bots would stop with their owners, and how many users are active now and afterwards. Nobody is changed.',
    'Exit status: 0 nothing to do, 2 changes are pending.',
  ],
  options: { json: JSON_OPTION },
  examples: [{ run: 'teamchat users plan', text: 'Look before teamchat users sync --confirm.' }],
  async run(context, { options }) {
    const outcome = await operate(context, 'reads', operations => operations.planUsers())
    await show(context, options, outcome, peoplePlanLines(outcome))
    return outcome.pending ? exitStatus.changesPending : exitStatus.done
  },
})
