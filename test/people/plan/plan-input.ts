import type { MattermostBot, MattermostUser } from '../../../src/mattermost/types.js'
import type { PlanInput, RateLimits } from '../../../src/people/plan/input.js'
import { isAdministrator, UserIndex } from '../../../src/people/plan/user-index.js'
import { idOf } from './people.js'

/** The moment at which tests plan. */
export const NOW = Date.parse('2026-03-01T12:00:00.000Z')
export const HOUR = 3_600_000

export type InputParts = Partial<Omit<PlanInput, 'users' | 'rateLimits'>> & {
  users?: MattermostUser[]
  rateLimits?: Partial<RateLimits> | undefined
}

/** Brakes that nothing has used yet. */
export function rateLimits(more: Partial<RateLimits> = {}): RateLimits {
  return {
    maxDeactivate: undefined,
    maxCreate: 100,
    recent: { gone: new Set(), hand: new Set(), created: new Set() },
    confirmed: new Set(),
    ...more,
  }
}

/** An input as most plans have it: a full read that is believed, on a server without a limit. */
export function planInput({ users = [], ...more }: InputParts = {}): PlanInput {
  const administrators = users.filter(
    one => isAdministrator(one) && one.delete_at === 0 && one.is_bot !== true,
  )
  return {
    accounts: [],
    complete: true,
    locksKnown: true,
    lastCount: undefined,
    links: [],
    ignored: [],
    former: [],
    administrators: new Set(administrators.map(one => one.id)),
    bots: [],
    botsStopWithOwner: true,
    team: { id: idOf('team') },
    room: undefined,
    domainName: 'example.org',
    emailFrom: 'mail',
    now: NOW,
    goneAfterMs: 24 * HOUR,
    deleted: new Set(),
    releaseNames: false,
    absent: new Set(),
    seats: undefined,
    mails: { notifications: true, verification: false },
    ...more,
    users: new UserIndex(users),
    rateLimits:
      'rateLimits' in more && more.rateLimits === undefined ? undefined : rateLimits(more.rateLimits),
  }
}

export function bot(username: string, owner: string, more: Partial<MattermostBot> = {}): MattermostBot {
  return { user_id: idOf(username), username, owner_id: idOf(owner), delete_at: 0, ...more }
}
