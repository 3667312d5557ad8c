import t from 'tap'
import { TeamchatError } from '../../src/errors.js'
import type { Outcome } from '../../src/events/types.js'
import { certificateOutcome } from '../../src/settings/certificate-event.js'
import type { SettingsOutcome } from '../../src/stories/operations.js'

const outcome = (more: Partial<SettingsOutcome>): SettingsOutcome => ({
  state: 'unchanged',
  plan: { management: { state: 'managed' }, revision: 'r', files: [], actions: [], notes: [] },
  done: [],
  ...more,
})
const held = { state: 'held', reason: 'the site was adopted', hint: 'teamchat apply' } as const

t.test('what comes of an event, by what its run came to', async t => {
  const cases: [string, SettingsOutcome, Partial<Outcome>][] = [
    [
      'loaded',
      outcome({ state: 'applied', done: ['reload apache2.service: x'] }),
      { state: 'done', message: 'reload apache2.service: x' },
    ],
    ['nothing new', outcome({}), { state: 'done', message: 'the web server has the certificate as it is' }],
    [
      'held',
      outcome({ plan: { ...outcome({}).plan, management: held } }),
      { state: 'done', message: 'nothing done: the site was adopted' },
    ],
    [
      'in mid-renewal',
      outcome({ renewing: ['the key does not belong'] }),
      { state: 'look-again', message: 'the key does not belong' },
    ],
  ]
  for (const [name, given, wanted] of cases)
    t.match(
      await certificateOutcome(
        async () => given,
        () => false,
      ),
      wanted,
      name,
    )
})

t.test('what fails for a while is thrown, so that the event waits; what stays wrong has failed', async t => {
  const error = new TeamchatError('services.failed', 'cannot reload', { hint: 'look' })
  const run = () => Promise.reject(error)
  await t.rejects(
    certificateOutcome(run, () => true),
    error,
  )
  t.same(await certificateOutcome(run, () => false), {
    state: 'failed',
    message: 'cannot reload',
    hint: 'look',
  })
})
