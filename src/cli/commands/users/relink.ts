import type { RelinkOutcome } from '../../../api/contract/links.js'
import { exitStatus } from '../../../errors.js'
import { defineCommand, JSON_OPTION } from '../../command.js'
import { operate } from '../../connect.js'
import { show } from '../../json-output.js'
import { summaryLines } from '../../output/people-plan-lines.js'

/** 2 where --confirm would do something; with it, 1 where somebody who was named cannot be relinked. */
export const command = defineCommand({
  name: 'users relink',
  summary: 'links people again whose directory was made anew',
  description: [
    'Everybody gets the former user back, by login and e-mail address. Names are known, ids are new: then a sync changes nobody. Somebody with the same login, an e-mail address of the user’s, and an id without a link, while the former id is gone, is the same person; all others are listed with the reason. The command shows that, and what the next sync does then; it changes nothing without --confirm.',
    'With NAME only these people, also where the e-mail address differs, which is shown, or where users unlink ended the link.',
    'Exit status: 2 where --confirm would change something.',
  ],
  options: {
    forgetMissing: {
      text: 'instead: drop the links whose user is not in Mattermost any more; a sync creates these people anew',
    },
    confirm: { text: 'do it' },
    json: JSON_OPTION,
  },
  operands: { names: { shown: 'NAME', count: 'any' } },
  examples: [
    { run: 'teamchat users relink', text: 'Show who would get a former user back.' },
    { run: 'teamchat users relink pluto --confirm', text: 'Relink one person.' },
  ],
  async run(context, { options: { json, ...options }, operands: { names } }) {
    const mode = options.confirm ? 'writes' : 'reads'
    const outcome = await operate(context, mode, operations => operations.relinkUsers({ names, ...options }))
    await show(context, { json }, outcome, relinkLines(outcome, options.confirm))
    const isPending = !options.confirm && outcome.people.length + outcome.forgotten.length > 0
    if (isPending) return exitStatus.changesPending
    return names.length > 0 && outcome.left.length > 0 ? exitStatus.failed : exitStatus.done
  },
})

function relinkLines(outcome: RelinkOutcome, confirmed: boolean): string[] {
  const { people, forgotten, left, summary, notes } = outcome
  const isSomething = people.length + forgotten.length > 0
  const head = !isSomething
    ? 'nothing to do'
    : confirmed
      ? 'the links were changed:'
      : 'nothing was changed; with --confirm it would be:'
  return [
    head,
    ...people.map(
      ({ login, username, from, to, remark }) =>
        `relink ${login}: the Mattermost user '${username}', ${from} becomes ${to}${remark === '' ? '' : `; ${remark}`}`,
    ),
    ...forgotten.map(login => `forget ${login}: its user is not in Mattermost any more`),
    ...left.map(({ login, reason }) => `left   ${login}: ${reason}`),
    ...(summary === undefined || !isSomething
      ? []
      : ['the next sync of everybody then:', ...summaryLines(summary).map(line => `  ${line}`)]),
    ...notes.map(note => `note: ${note}`),
  ]
}
