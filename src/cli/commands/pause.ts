import { exitStatus, TeamchatError } from '../../errors.js'
import { pauseText } from '../../events/pause.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import { parseDuration } from '../duration.js'
import { show } from '../json-output.js'

/** Returns once all work under way has ended. */
export const command = defineCommand({
  name: 'pause',
  synopsis: ['[--for DURATION] [--json] REASON...'],
  summary: 'pauses everything but queueing',
  description: [
    'For the day of an upgrade: settings are not applied, people are not synced, hooks do not run; events are accepted and kept. The command returns once all work under way has ended. The pause outlives a restart of the daemon, and also holds for commands without a daemon. status and plan show since when, until when and why.',
    'apply, adopt, users sync --confirm and mattermost-bulk-user-create are refused meanwhile (exit status 75); apply --force works all the same. A second pause replaces the reason and the end of the first.',
  ],
  options: {
    for: {
      value: 'DURATION',
      text: 'end the pause after 30m, 2h, 1h30m or 1d; without it teamchat resume ends it',
    },
    json: JSON_OPTION,
  },
  operands: { reason: { shown: 'REASON', count: 'any' } },
  examples: [
    { run: 'teamchat pause --for 2h upgrade of PostgreSQL', text: 'Pause for two hours.' },
    { run: 'teamchat pause moving to the new server', text: 'Pause until teamchat resume.' },
  ],
  async run(context, { options, operands }) {
    const reason = operands.reason.join(' ').trim()
    if (reason === '') {
      throw new TeamchatError('usage', 'cannot pause: the reason is missing', {
        hint: 'say why, for anybody who finds it paused: teamchat pause --for 2h upgrade of PostgreSQL',
      })
    }
    const forMs = options.for === undefined ? undefined : parseDuration(options.for)
    const pause = await operate(context, 'writes', operations => operations.pause({ reason, forMs }))
    const lines = [pauseText(pause), '  events are kept; teamchat resume goes on and catches up']
    await show(context, options, { pause }, lines)
    return exitStatus.done
  },
})
