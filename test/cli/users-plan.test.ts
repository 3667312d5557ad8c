import t from 'tap'
import type { ConfirmOutcome } from '../../src/api/contract/people.js'
import type { Operations } from '../../src/api/contract.js'
import { SCHEMA_VERSION } from '../../src/api/schema-version.js'
import { command as plan } from '../../src/cli/commands/users/plan.js'
import { command as sync } from '../../src/cli/commands/users/sync.js'
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
  const { stdout, context } = around({ planUsers: async () => outcome })
  t.equal(await plan.run(context, { options: { json: false }, operands: {} }), 2)
  t.equal(String(stdout.read()), `${lines.join('\n')}\n`)
  t.equal(await plan.run(context, { options: { json: true }, operands: {} }), 2)
  t.same(JSON.parse(String(stdout.read())), { schemaVersion: SCHEMA_VERSION, ...outcome })
  const quiet = around({ planUsers: async () => ({ ...outcome, pending: false }) })
  t.equal(await plan.run(quiet.context, { options: { json: true }, operands: {} }), 0)
})

t.test('users sync shows the same plan', async t => {
  const { stdout, context } = around({
    syncUsers: async () => ({ ...outcome, report: undefined }),
  })
  t.equal(await sync.run(context, { options: { json: false, confirm: false }, operands: {} }), 0)
  t.match(String(stdout.read()), `${lines.join('\n')}\nnothing was changed; `)
})
