import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users link',
  summary: 'links somebody to an existing Mattermost user',
  description: [
    'Also where the sync would not adopt that user.',
    'Nothing changes in Mattermost: differences stay until the directory changes them. An administrator must be named by USERNAME. Bots are refused, and so are users who are, or once were, somebody else.',
    'The command shows what the next sync does about the person then. Where several accounts have one NAME, give the id in the directory instead.',
  ],
  options: { dryRun: DRY_RUN, json: JSON_OPTION },
  operands: { name: { shown: 'NAME' }, username: { shown: 'USERNAME', count: 'optional' } },
  examples: [
    { run: 'teamchat users link pluto', text: 'Link pluto to the user of the same name.' },
    { run: 'teamchat users link pluto dog', text: 'Link pluto to the user dog.' },
  ],
  async run(context, { options, operands }) {
    return changeLink(context, { action: 'link', ...operands }, options)
  },
})
