import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users unlink',
  summary: 'ends a link and leaves the user as it is',
  description: [
    'The sync does not adopt the user again. teamchat users link NAME ties the same two together again.',
  ],
  options: { dryRun: DRY_RUN, json: JSON_OPTION },
  operands: { name: { shown: 'NAME' } },
  examples: [{ run: 'teamchat users unlink pluto', text: 'Stop changing the user of pluto.' }],
  async run(context, { options, operands }) {
    return changeLink(context, { action: 'unlink', name: operands.name }, options)
  },
})
