import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users unignore',
  summary: 'takes somebody in again who was left out',
  options: { dryRun: DRY_RUN, json: JSON_OPTION },
  operands: { name: { shown: 'NAME' } },
  examples: [{ run: 'teamchat users unignore scanner', text: 'Take the account in again.' }],
  async run(context, { options, operands }) {
    return changeLink(context, { action: 'unignore', name: operands.name }, options)
  },
})
