import { exitStatus } from '../../../errors.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { show } from '../../json-output.js'

/** Prints what differed from before, and that this host counts from now on. */
export const command = defineCommand({
  name: 'users accept-host',
  summary: 'goes on with people on a restored or cloned host',
  description: [
    'Links belong to one machine and one Mattermost. Where /etc/machine-id or Mattermost’s own id differs from before, events, syncs and the bulk command change nobody, and status and doctor say so; reading, plans and links go on. On a copy that must not change anybody, set UserSync to off instead.',
  ],
  options: { json: JSON_OPTION },
  examples: [{ run: 'teamchat users accept-host', text: 'After a restore on new hardware.' }],
  async run(context, { options }) {
    const outcome = await operate(context, 'writes', operations => operations.acceptHost())
    const { differences } = outcome
    const lines =
      differences.length === 0
        ? ['nothing to do: this host is known already']
        : [
            ...differences,
            'from now on this is the host: people are changed again; teamchat users plan shows what comes',
          ]
    await show(context, options, outcome, lines)
    return exitStatus.done
  },
})
