import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users unlink',
  summary: 'ends a link; the user stays as it is, and the sync does not adopt it again',
  description: ['teamchat users link NAME ties the same two together again.'],
  options: { dryRun: DRY_RUN, json: JSON_OPTION },
  operands: { name: { shown: 'NAME' } },
  examples: [{ run: 'teamchat users unlink pluto', text: 'Stop changing the user of pluto.' }],
  async run(context, { options, operands }) {
    return changeLink(context, { action: 'unlink', name: operands.name }, options)
  },
})
