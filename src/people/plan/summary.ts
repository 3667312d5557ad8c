import type { PlanSummary } from '../../api/contract/people.js'
import { byByteOrder } from '../../directory/byte-order.js'
import { type Decision, isActing } from './decision.js'
import type { PlanView, Seats } from './input.js'
import { releaseMails } from './release.js'
import type { Step } from './renames.js'
import { needsSeat } from './seats.js'

/** In words, for plan, report and status; undefined where nobody is missing. */
export function missingWords(missing: string[]): string | undefined {
  if (missing.length === 0) return undefined
  const names = missing.slice(0, 3).map(login => `'${login}'`)
  const more = missing.length > names.length ? ', …' : ''
  const people = missing.length === 1 ? '1 linked person has' : `${missing.length} linked people have`
  return `${people} no user in Mattermost any more (${names.join(', ')}${more}), and none is created again: teamchat users relink --forget-missing`
}

export function summaryOf(decisions: Decision[], steps: Step[], view: PlanView): PlanSummary {
  const counts: PlanSummary['counts'] = {
    create: 0,
    adopt: 0,
    update: 0,
    rename: 0,
    deactivate: 0,
    reactivate: 0,
    join: 0,
    skip: 0,
    hold: 0,
    refuse: 0,
  }
  for (const { kind } of decisions) counts[kind] += 1
  return {
    counts,
    mails: mailsOf(decisions, steps, view),
    bots: decisions.flatMap(one =>
      one.kind === 'deactivate' && one.bots.length > 0
        ? [{ owner: one.user.username, bots: one.bots.map(bot => bot.username) }]
        : [],
    ),
    seats: seatsOf(decisions, view.seats),
    missing: view.complete ? missingOf(view) : [],
  }
}

function missingOf({ links, users }: PlanView): string[] {
  const missing = links.filter(link => users.byId(link.userId) === undefined)
  return missing.map(link => link.login).sort(byByteOrder)
}

/** Whether anything would be done. */
export function isPending(decisions: Decision[]): boolean {
  return decisions.some(isActing)
}

/**
 * Mattermost mails a welcome to each new user, and a notice for each changed username and e-mail address; where
 * addresses must be confirmed, the new one is asked as well, also when the site sends no other mail.
 */
function mailsOf(decisions: Decision[], steps: Step[], { mails }: PlanView): number {
  const acting = decisions.filter(isActing)
  const created = acting.filter(one => one.kind === 'create').length
  const moved = acting.filter(one => 'changes' in one && one.changes.email !== undefined).length
  const released = acting.reduce(
    (sum, one) =>
      sum + (one.kind === 'create' && one.release !== undefined ? releaseMails(one.release, true) : 0),
    0,
  )
  const notices = mails.notifications ? created + steps.length + moved + released : 0
  return notices + (mails.verification ? moved : 0)
}

function seatsOf(decisions: Decision[], seats: Seats | undefined): PlanSummary['seats'] {
  if (seats === undefined) return undefined
  const leaving = decisions.filter(one => one.kind === 'deactivate').length
  const coming = decisions.filter(needsSeat).length
  return { before: seats.active, after: seats.active - leaving + coming, limit: seats.limit }
}
