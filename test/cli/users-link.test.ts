import t from 'tap'
import type { LinkRequest } from '../../src/api/contract/links.js'
import type { Operations } from '../../src/api/contract.js'
import { momentOf } from '../../src/cli/commands/users/hold.js'
import { command as link } from '../../src/cli/commands/users/link.js'
import { command as list } from '../../src/cli/commands/users/list.js'
import { commandOperations } from '../support/command-operations.js'

const outcome = {
  changed: true,
  told: ["'pluto' is linked to the Mattermost user 'dog'"],
  next: [{ login: 'pluto', kind: 'rename' as const, reason: "'dog' becomes 'pluto'" }],
  mails: 1,
  notes: ['UserSync is off: nobody is changed'],
}

const around = (operations: Partial<Operations>) => commandOperations(t, operations)

t.test('what is changed, what comes of it, and 2 for a dry run that would change something', async t => {
  const asked: LinkRequest[] = []
  const changeLink = async (request: LinkRequest) => {
    asked.push(request)
    return { ...outcome, changed: request.name !== 'bob' }
  }
  const { stdout, context } = around({ changeLink })
  const run = ([name = '', username]: string[], dryRun: boolean) =>
    link.run(context, { options: { dryRun, json: false }, operands: { name, username } })
  t.equal(await run(['pluto', 'dog'], false), 0)
  const lines = [
    "'pluto' is linked to the Mattermost user 'dog'",
    "next sync: rename pluto: 'dog' becomes 'pluto'",
    'mails that Mattermost will send: 1',
    'note: UserSync is off: nobody is changed',
  ]
  t.same(String(stdout.read()).trimEnd().split('\n'), lines)
  t.equal(await run(['pluto'], true), 2)
  t.same(String(stdout.read()).trimEnd().split('\n'), ['nothing is changed; it would be:', ...lines])
  t.equal(await run(['bob'], true), 0)
  t.same(
    asked.map(({ name, username, dryRun }) => [name, username, dryRun]),
    [
      ['pluto', 'dog', false],
      ['pluto', undefined, true],
      ['bob', undefined, true],
    ],
  )
  await t.rejects(run([' '], false), { code: 'usage' })
})

t.test('a day begins by the clock of this host', async t => {
  const now = new Date('2026-03-01T12:00:00Z')
  t.equal(momentOf('2026-04-01', now), new Date('2026-04-01T00:00').toISOString())
  t.equal(momentOf('2026-04-01T14:30', now), new Date('2026-04-01T14:30').toISOString())
  for (const [text, message] of [
    ['2026-02-01', /it is past/],
    ['2026-02-31', /it is not a date/],
    ['2026-13-01', /it is not a date/],
    ['tomorrow', /it is not a date/],
    ['2026-04-01T25:00', /it is not a date/],
  ] as const)
    t.throws(() => momentOf(text, now), { code: 'usage', message })
})

t.test('the list in columns', async t => {
  const listUsers = async () => ({
    people: [
      {
        ...{ login: 'ann', accountId: 'a', userId: 'u'.repeat(26), username: 'ann', linkedAt: '2026-01-01' },
        ...{ state: 'active' as const, origin: 'created' as const, remarks: ['held'] },
      },
      {
        ...{
          login: 'müller',
          accountId: 'b',
          userId: 'v'.repeat(26),
          username: undefined,
          linkedAt: '2026-01-01',
        },
        ...{ state: 'missing' as const, origin: 'linked' as const, remarks: [] },
      },
    ],
    ignored: [{ login: 'eve', at: '2026-01-01' }],
    former: [],
    notes: ['something'],
  })
  const { stdout, stderr, context } = around({ listUsers })
  t.equal(await list.run(context, { options: { json: false }, operands: {} }), 0)
  t.same(String(stdout.read()).trimEnd().split('\n'), [
    'ann     ann                         active   created  2026-01-01  held',
    'müller  vvvvvvvvvvvvvvvvvvvvvvvvvv  missing  linked   2026-01-01',
    'eve     -                           ignored  -        2026-01-01  by name',
  ])
  t.equal(String(stderr.read()), 'note: something\n')
})
