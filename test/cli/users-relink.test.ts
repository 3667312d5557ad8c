import t from 'tap'
import type { RelinkOutcome } from '../../src/api/contract/links.js'
import type { Operations } from '../../src/api/contract.js'
import { command as acceptHost } from '../../src/cli/commands/users/accept-host.js'
import { command as relink } from '../../src/cli/commands/users/relink.js'
import { commandOperations } from '../support/command-operations.js'

const around = (operations: Partial<Operations>) => commandOperations(t, operations)

const outcome: RelinkOutcome = {
  people: [
    { login: 'ann', username: 'ann', from: 'a1', to: 'a2', remark: '' },
    { login: 'bob', username: 'bobby', from: 'b1', to: 'b2', remark: 'the address differs' },
  ],
  forgotten: ['old'],
  left: [{ login: 'eve', reason: 'several accounts have that name' }],
  summary: undefined,
  notes: ['something'],
}
const lines = [
  "relink ann: the Mattermost user 'ann', a1 becomes a2",
  "relink bob: the Mattermost user 'bobby', b1 becomes b2; the address differs",
  'forget old: its user is not in Mattermost any more',
  'left   eve: several accounts have that name',
  'note: something',
]

t.test('what would be, and 2; with --confirm what is, and 0', async t => {
  const { said, context } = around({ relinkUsers: async () => outcome })
  const options = { forgetMissing: false, json: false }
  const operands = { names: [] as string[] }
  t.equal(await relink.run(context, { options: { ...options, confirm: false }, operands }), 2)
  t.same(said(), ['nothing was changed; with --confirm it would be:', ...lines])
  t.equal(await relink.run(context, { options: { ...options, confirm: true }, operands }), 0)
  t.same(said(), ['the links were changed:', ...lines])
})

t.test('somebody who is named, and left', async t => {
  const { context } = around({ relinkUsers: async () => outcome })
  const options = { forgetMissing: false, json: false }
  const operands = { names: ['ann', 'eve'] }
  t.equal(await relink.run(context, { options: { ...options, confirm: false }, operands }), 2)
  t.equal(await relink.run(context, { options: { ...options, confirm: true }, operands }), 1)
})

t.test('nothing to do', async t => {
  const nothing = { ...outcome, people: [], forgotten: [], notes: [] }
  const { said, context } = around({ relinkUsers: async () => nothing })
  const options = { forgetMissing: false, confirm: false }
  const operands = { names: [] as string[] }
  t.equal(await relink.run(context, { options: { ...options, json: false }, operands }), 0)
  t.same(said(), ['nothing to do', 'left   eve: several accounts have that name'])
  t.equal(await relink.run(context, { options: { ...options, json: true }, operands }), 0)
  t.match(JSON.parse(said().join('\n')), { people: [] })
})

t.test('accept-host says what was another', async t => {
  const differences = ['the machine has another id (/etc/machine-id)']
  const changed = around({ acceptHost: async () => ({ differences }) })
  t.equal(await acceptHost.run(changed.context, { options: { json: false }, operands: {} }), 0)
  t.match(changed.said(), [differences[0], /from now on this is the host/])
  const same = around({ acceptHost: async () => ({ differences: [] }) })
  t.equal(await acceptHost.run(same.context, { options: { json: false }, operands: {} }), 0)
  t.match(same.said(), [/nothing to do/])
})
