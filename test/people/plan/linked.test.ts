import t from 'tap'
import type { Decision } from '../../../src/people/plan/decision.js'
import { planPeople } from '../../../src/people/plan/plan.js'
import type { Link } from '../../../src/people/types.js'
import { account, idOf, link, user } from './people.js'
import { bot, HOUR, type InputParts, NOW, planInput } from './plan-input.js'

const TEAM = idOf('team')
const at = (ms: number) => new Date(ms).toISOString()

/** A link as a run leaves it: what the directory had is known. */
function settled(login: string, more: Partial<Link> = {}): Link {
  const written = {
    username: login,
    email: `${login}@example.org`,
    firstName: '',
    lastName: login,
    position: '',
  }
  return link(login, { joinedTeams: [TEAM], displayName: login, written, ...more })
}

function told(decision: Decision): string {
  const cause = 'cause' in decision ? `:${decision.cause}` : ''
  return `${decision.kind}${cause} ${decision.login}`
}

interface Case extends InputParts {
  name: string
  decisions: string[]
  says?: RegExp[]
  /** What is known of each changed link afterwards. */
  seen?: object[]
}

const gone = { accounts: [account('other')], links: [settled('ann'), settled('other')] }
const ours = { deactivated: { by: 'locked', at: at(NOW - HOUR) } } as const
const cases: Case[] = [
  {
    name: 'locked and ended people lose access; an expired password is neither',
    accounts: [
      account('ann', { locked: true }),
      account('bob', { expired: true }),
      account('carl', { passwordExpired: true }),
    ],
    users: [user('ann'), user('bob'), user('carl')],
    links: [settled('ann'), settled('bob'), settled('carl')],
    decisions: ['deactivate:locked ann', 'deactivate:expired bob', 'skip:linked carl'],
    says: [/'ann': locked in the directory/, /'bob': the account has ended/],
    seen: [],
  },
  {
    name: 'back: only whom we deactivated',
    accounts: ['ann', 'bob'].map(login => account(login)),
    users: [user('ann', { delete_at: 5 }), user('bob', { delete_at: 5 })],
    links: [settled('ann', ours), settled('bob')],
    decisions: ['reactivate ann', 'skip:deactivated bob'],
    says: [/deactivated by us, and back/, /not by teamchatd/],
  },
  {
    name: 'locks unknown: nobody is reactivated',
    accounts: [account('ann', { locked: undefined })],
    locksKnown: false,
    users: [user('ann', { delete_at: 5 })],
    links: [settled('ann', ours)],
    decisions: ['skip:deactivated ann'],
    says: [/locks are unknown, so nobody is reactivated/],
  },
  {
    name: 'still locked, and inactive already',
    accounts: [account('ann', { locked: true }), account('bob', { expired: true })],
    users: [user('ann', { delete_at: 5 }), user('bob', { delete_at: 5 })],
    links: [settled('ann', ours), settled('bob', ours)],
    decisions: ['skip:locked ann', 'skip:expired bob'],
  },
  {
    name: 'somebody let in again by hand is no longer deactivated by us',
    accounts: [account('ann')],
    users: [user('ann')],
    links: [settled('ann', ours)],
    decisions: ['skip:linked ann'],
    seen: [{ deactivated: undefined }],
  },
  {
    name: 'bots go and come with their owner, and only those that went with it',
    accounts: [account('ann', { locked: true }), account('bob')],
    users: [user('ann'), user('bob', { delete_at: 5 })],
    links: [settled('ann'), settled('bob', { deactivated: { ...ours.deactivated, bots: [idOf('bb')] } })],
    bots: [
      bot('ab', 'ann'),
      bot('off', 'ann', { delete_at: 3 }),
      bot('bb', 'bob', { delete_at: 5 }),
      bot('old', 'bob', { delete_at: 2 }),
    ],
    decisions: ['deactivate:locked ann', 'reactivate bob'],
    says: [/bots that stop with it: ab$/m, /bots that come back: bb$/m],
  },
  {
    name: 'a crash after the owner: the bots still come back',
    accounts: [account('bob')],
    users: [user('bob')],
    links: [settled('bob', { deactivated: { ...ours.deactivated, bots: [idOf('bb')] } })],
    bots: [bot('bb', 'bob', { delete_at: 5 })],
    decisions: ['reactivate bob'],
  },
  {
    name: 'bots stay where the server lets them',
    accounts: [account('ann', { locked: true })],
    users: [user('ann')],
    links: [settled('ann')],
    bots: [bot('ab', 'ann')],
    botsStopWithOwner: false,
    decisions: ['deactivate:locked ann'],
    says: [/^'ann': locked in the directory$/],
  },
  {
    name: 'three-way: only what the directory has changed is written',
    accounts: [
      account('ann', { mails: ['new@example.org'], surname: 'Smith', title: 'Boss' }),
      account('bob', { surname: 'bob' }),
      account('carl', { mails: ['carl2@example.org'] }),
    ],
    users: [
      user('ann', { position: 'mine' }),
      user('bob', { last_name: 'By Hand', email: 'hand@example.org', username: 'bobby' }),
      user('carl', { email: 'carl2@example.org' }),
    ],
    links: [settled('ann'), settled('bob'), settled('carl')],
    decisions: ['update ann', 'skip:linked bob', 'skip:linked carl'],
    says: [/last name 'Smith'; position 'Boss'; e-mail address ann@example\.org becomes new@example\.org/],
    seen: [{ accountId: 'uuid-carl', written: { email: 'carl2@example.org' } }],
  },
  {
    name: 'an e-mail address stays while it is any one of the account’s, in either order',
    accounts: [
      account('ann', { mails: ['a@example.org', 'b@example.org'] }),
      account('bob', { mails: ['c@example.org', 'd@example.org'] }),
    ],
    users: [user('ann', { email: 'b@example.org' }), user('bob', { email: 'd@example.org' })],
    links: [
      settled('ann', { written: { ...settled('ann').written, email: 'b@example.org' } }),
      settled('bob', { written: { ...settled('bob').written, email: 'c@example.org' } }),
    ],
    decisions: ['skip:linked ann', 'skip:linked bob'],
  },
  {
    name: 'where addresses must be confirmed, a change is asked for once',
    accounts: [account('ann', { mails: ['new@example.org'] })],
    users: [user('ann')],
    links: [settled('ann', { written: { ...settled('ann').written, email: 'new@example.org' } })],
    mails: { notifications: true, verification: true },
    decisions: ['skip:linked ann'],
  },
  {
    name: 'links of older versions: what the directory has today counts as written',
    accounts: [account('ann', { mails: ['new@example.org'], surname: 'Smith' })],
    users: [user('ann')],
    links: [link('ann', { joinedTeams: [TEAM] })],
    decisions: ['skip:linked ann'],
    seen: [{ written: { username: 'ann', email: 'new@example.org', lastName: 'Smith' } }],
  },
  {
    name: "an administrator's username and e-mail address stay, other values do not",
    accounts: [account('anna', { id: 'uuid-ann', mails: ['x@example.org'], surname: 'Smith' })],
    users: [user('ann', { roles: 'system_user system_admin' })],
    links: [settled('ann')],
    decisions: ['update anna'],
    says: [
      /last name 'Smith'; an administrator's username stays .*; an administrator's e-mail address stays/,
    ],
  },
  {
    name: 'the last administrator, a bot and unlinked users are left alone',
    accounts: [account('ann', { locked: true }), account('robot', { locked: true }), account('zed')],
    users: [
      user('ann', { roles: 'system_user system_admin' }),
      user('robot', { is_bot: true }),
      user('unlinked'),
      user('zed'),
    ],
    links: [settled('ann'), settled('robot'), settled('zed')],
    decisions: ['refuse:administrator ann', 'refuse:impossible robot', 'skip:linked zed'],
    says: [/the last administrator/, /the bot 'robot'/],
  },
  {
    name: 'of two administrators who go one stays',
    accounts: [account('ann', { locked: true }), account('bob', { locked: true })],
    users: ['ann', 'bob'].map(name => user(name, { roles: 'system_user system_admin' })),
    links: [settled('ann'), settled('bob')],
    decisions: ['deactivate:locked ann', 'refuse:administrator bob'],
  },
  {
    name: 'users hold: nothing is done until then',
    accounts: [account('ann', { locked: true }), account('bob', { locked: true }), account('carl')],
    users: [user('ann'), user('bob'), user('carl')],
    links: [
      settled('ann', { hold: { since: at(NOW - HOUR), until: at(NOW + HOUR) } }),
      settled('bob', { hold: { since: at(NOW - HOUR), until: at(NOW - 1) } }),
      settled('carl', { hold: { since: at(NOW) } }),
    ],
    decisions: ['hold:hold ann', 'deactivate:locked bob', 'skip:linked carl'],
    says: [/left alone until 2026-03-01T13.* by teamchat users hold; else: 'ann': locked/],
  },
  {
    name: 'gone, seen for the first time',
    ...gone,
    users: [user('ann'), user('other')],
    decisions: ['hold:gone ann', 'skip:linked other'],
    says: [/no longer in the directory since 2026-03-01T12.*deactivated after 2026-03-02T12/],
    seen: [{ goneSince: at(NOW), goneReads: 1 }],
  },
  {
    name: 'gone since a time that has not come: the clock was set back',
    ...gone,
    links: [settled('ann', { goneSince: at(NOW + 9999 * HOUR), goneReads: 1 }), settled('other')],
    users: [user('ann'), user('other')],
    decisions: ['hold:gone ann', 'skip:linked other'],
    seen: [{ goneSince: at(NOW), goneReads: 2 }],
  },
  {
    name: 'gone since before it was linked: the host had no clock yet',
    ...gone,
    links: [
      settled('ann', { goneSince: '1970-01-01T00:05:00.000Z', goneReads: 1, linkedAt: at(NOW - HOUR) }),
      settled('other'),
    ],
    users: [user('ann'), user('other')],
    decisions: ['hold:gone ann', 'skip:linked other'],
    seen: [{ goneSince: at(NOW), goneReads: 2 }],
  },
  {
    name: 'gone for a day, in one read only',
    ...gone,
    links: [settled('ann', { goneSince: at(NOW - 25 * HOUR), goneReads: 0 }), settled('other')],
    users: [user('ann'), user('other')],
    decisions: ['hold:gone ann', 'skip:linked other'],
    seen: [{ goneReads: 1 }],
  },
  {
    name: 'gone in many reads, for less than a day',
    ...gone,
    links: [settled('ann', { goneSince: at(NOW - 23 * HOUR), goneReads: 2 }), settled('other')],
    users: [user('ann'), user('other')],
    decisions: ['hold:gone ann', 'skip:linked other'],
    seen: [],
  },
  {
    name: 'gone in two reads, for a day',
    ...gone,
    links: [settled('ann', { goneSince: at(NOW - 24 * HOUR), goneReads: 1 }), settled('other')],
    users: [user('ann'), user('other')],
    decisions: ['deactivate:gone ann', 'skip:linked other'],
  },
  {
    name: 'GoneAfter 0 still takes two reads',
    ...gone,
    goneAfterMs: 0,
    users: [user('ann'), user('other')],
    decisions: ['hold:gone ann', 'skip:linked other'],
  },
  {
    name: 'deleted by name: at once, also where not all was read',
    links: [settled('ann'), settled('other')],
    complete: false,
    deleted: new Set(['uuid-ann']),
    users: [user('ann'), user('other')],
    decisions: ['deactivate:user-delete ann'],
  },
  {
    name: 'a read of some people says nothing of the others',
    accounts: [account('other')],
    links: [settled('ann'), settled('other')],
    complete: false,
    users: [user('ann'), user('other')],
    decisions: ['skip:linked other'],
  },
  {
    name: 'seen again: not gone any more',
    accounts: [account('ann')],
    links: [settled('ann', { goneSince: at(NOW - HOUR), goneReads: 2 })],
    users: [user('ann')],
    decisions: ['skip:linked ann'],
    seen: [{ goneSince: undefined, goneReads: undefined }],
  },
  {
    name: 'hidden is not gone',
    accounts: [account('ann', { system: true, excluded: true })],
    links: [settled('ann')],
    users: [user('ann')],
    decisions: [],
    seen: [],
  },
  {
    name: 'EmailFrom=name',
    accounts: [account('ann', { mails: ['private@mail.test'] }), account('bob', { mails: ['b@mail.test'] })],
    users: [user('bob', { email: 'b@mail.test' })],
    links: [settled('bob')],
    emailFrom: 'name',
    decisions: ['create ann', 'skip:linked bob'],
    says: [/new, ann@example\.org/],
  },
  {
    name: 'ignored, and tombstones',
    accounts: [account('ann'), account('bob'), account('carl')],
    users: [user('bob')],
    ignored: [
      { login: 'ann', at: at(NOW), accountId: 'uuid-ann' },
      { login: 'Carl', at: at(NOW) },
    ],
    former: [{ link: settled('bob'), how: 'unlinked', username: 'bob', at: at(NOW) }],
    decisions: ['skip:ignored ann', 'refuse:conflict bob', 'skip:ignored carl'],
  },
]

for (const { name, decisions, says = [], seen, ...parts } of cases) {
  t.test(name, async t => {
    const plan = planPeople(planInput(parts))
    t.same(plan.decisions.map(told), decisions)
    const reasons = plan.decisions.map(decision => decision.reason).join('\n')
    for (const words of says) t.match(reasons, words)
    if (seen !== undefined) {
      t.equal(plan.seen.length, seen.length)
      t.match(plan.seen, seen)
    }
  })
}

t.test('what it comes to: mails, bots, seats', async t => {
  const parts: InputParts = {
    accounts: [
      account('new'),
      account('anna', { id: 'uuid-ann', mails: ['anna@example.org'] }),
      account('bob', { locked: true }),
      account('carl'),
    ],
    users: [user('ann'), user('bob'), user('carl', { delete_at: 3 })],
    links: [settled('ann'), settled('bob'), settled('carl', ours)],
    bots: [bot('helper', 'bob')],
    seats: { active: 2, limit: 250 },
  }
  const { summary } = planPeople(planInput(parts))
  t.match(summary, {
    counts: { create: 1, rename: 1, deactivate: 1, reactivate: 1 },
    mails: 3,
    bots: [{ owner: 'bob', bots: ['helper'] }],
    seats: { before: 2, after: 3, limit: 250 },
  })
  const mails = { notifications: false, verification: true }
  t.equal(planPeople(planInput({ ...parts, mails })).summary.mails, 1, 'the new address is asked')
})
