import t from 'tap'
import { runUsersPlan, runUsersSync } from '../../src/cli/users.js'
import type { ConfirmOutcome, Operations } from '../../src/stories/operations.js'
import { commandOperations } from '../support/command-operations.js'

const counts = {
  create: 1,
  adopt: 0,
  update: 0,
  rename: 0,
  deactivate: 1,
  reactivate: 0,
  join: 0,
  skip: 0,
  hold: 0,
  refuse: 0,
}
const outcome: ConfirmOutcome = {
  provider: 'ldap://127.0.0.1, ou=People',
  plan: [
    { login: 'goofy', kind: 'deactivate', reason: "'goofy': locked in the directory" },
    { login: 'pluto', kind: 'create', reason: 'new, pluto@example.org' },
  ],
  summary: {
    counts,
    mails: 1,
    bots: [{ owner: 'goofy', bots: ['helper', 'other'] }],
    seats: { before: 12, after: 12, limit: 250 },
    missing: [],
  },
  pending: true,
  notes: ['locks unknown'],
  confirmed: true,
}

const around = (operations: Partial<Operations>) => commandOperations(t, operations)

const lines = [
  'directory: ldap://127.0.0.1, ou=People',
  "deactivate goofy: 'goofy': locked in the directory",
  'create     pluto: new, pluto@example.org',
  'sum: 1 create, 1 deactivate',
  'mails that Mattermost will send: 1',
  "bots that stop with 'goofy': helper, other",
  'active users: 12 now, 12 afterwards, of 250 that the server admits',
  'note: locks unknown',
]

t.test('users plan: the plan, what it comes to, and 2 while something is pending', async t => {
  const { stdout, surroundings, open } = around({ planUsers: async () => outcome })
  t.equal(await runUsersPlan(surroundings, open, { json: false }), 2)
  t.equal(String(stdout.read()), `${lines.join('\n')}\n`)
  t.equal(await runUsersPlan(surroundings, open, { json: true }), 2)
  t.same(JSON.parse(String(stdout.read())), outcome)
  const quiet = around({ planUsers: async () => ({ ...outcome, pending: false }) })
  t.equal(await runUsersPlan(quiet.surroundings, quiet.open, { json: true }), 0)
})

t.test('users sync shows the same plan', async t => {
  const { stdout, surroundings, open } = around({
    syncUsers: async () => ({ ...outcome, report: undefined }),
  })
  t.equal(await runUsersSync(surroundings, open, { json: false, confirm: false }), 0)
  t.match(String(stdout.read()), `${lines.join('\n')}\nnothing was changed; `)
})
