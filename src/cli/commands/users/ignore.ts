import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users ignore',
  summary: 'leaves somebody of the directory out',
  description: ['A user is neither created nor adopted.'],
  options: { dryRun: DRY_RUN, json: JSON_OPTION },
  operands: { name: { shown: 'NAME' } },
  examples: [{ run: 'teamchat users ignore scanner', text: 'Leave out the account of a device.' }],
  async run(context, { options, operands }) {
    return changeLink(context, { action: 'ignore', name: operands.name }, options)
  },
})
