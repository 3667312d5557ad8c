import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users release',
  summary: 'frees the name of a former person',
  description: [
    'A new person can have it then. The deactivated user becomes NAME.until-YYYY-MM-DD with an e-mail address at former.invalid, and belongs to nobody from then on; its messages stay. NAME is the username, or the login that the person had. Refused while the account is in the directory, and for users who are active, held or administrators.',
    'With ReleaseNames=yes automatic runs do this by themselves where a new person needs the name of somebody who is gone from the directory.',
  ],
  options: { dryRun: DRY_RUN, json: JSON_OPTION },
  operands: { name: { shown: 'NAME' } },
  examples: [
    { run: 'teamchat users release pluto --dry-run', text: 'Show what would become of the former user.' },
  ],
  async run(context, { options, operands }) {
    return changeLink(context, { action: 'release', name: operands.name }, options)
  },
})
