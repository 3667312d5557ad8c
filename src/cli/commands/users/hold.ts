import { TeamchatError } from '../../../errors.js'
import { changeLink } from '../../change-link.js'
import { DRY_RUN, defineCommand, JSON_OPTION } from '../../command.js'

export const command = defineCommand({
  name: 'users hold',
  summary: 'leaves the user of a linked person alone',
  description: ['The user is not changed and not deactivated.'],
  options: {
    until: {
      value: 'DATE',
      text: 'end the hold at the beginning of that day: 2030-09-01, or 2030-09-01T14:00',
    },
    dryRun: DRY_RUN,
    json: JSON_OPTION,
  },
  operands: { name: { shown: 'NAME' } },
  examples: [{ run: 'teamchat users hold pluto --until 2030-09-01', text: 'Keep the user during a leave.' }],
  async run(context, { options, operands: { name } }) {
    const until = options.until === undefined ? undefined : momentOf(options.until)
    return changeLink(context, { action: 'hold', name, until }, options)
  },
})

/** `2026-09-01`: the beginning of that day here; `2026-09-01T14:00`: that minute. As ISO 8601. Throws `usage`. */
export function momentOf(text: string, now: Date = new Date()): string {
  const [, day, time = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d))?$/.exec(text.trim()) ?? []
  const date = new Date(`${day}T${time}`)
  // A day that its month does not have is taken for one of the next month.
  const isDay = Number(day?.slice(8)) === date.getDate()
  const why = day === undefined || !isDay ? 'it is not a date' : date <= now ? 'it is past' : undefined
  if (why === undefined) return date.toISOString()
  throw new TeamchatError('usage', `cannot hold until ${JSON.stringify(text)}: ${why}`, {
    hint: 'for example 2030-09-01 or 2030-09-01T14:00, by the clock of this host',
  })
}
