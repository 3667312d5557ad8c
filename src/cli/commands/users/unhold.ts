import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users unhold',
  summary: 'ends users hold',
  options: { dryRun: DRY_RUN, json: JSON_OPTION },
  operands: { name: { shown: 'NAME' } },
  examples: [{ run: 'teamchat users unhold pluto', text: 'Follow the directory again.' }],
  async run(context, { options, operands }) {
    return changeLink(context, { action: 'unhold', name: operands.name }, options)
  },
})
