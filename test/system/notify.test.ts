import t from 'tap'
import { createNotifier, watchdogInterval } from '../../src/system/notify.js'

t.test('without a service manager nothing happens', async t => {
  const said: string[] = []
  const notifier = await createNotifier({}, reason => said.push(reason))
  notifier.ready()
  notifier.status('x')
  notifier.stopping()
  notifier.watchdog(() => true)()
  t.same(said, [])
})

t.test('the watchdog is fed at half its time, and only by the process it means', async t => {
  const cases: [NodeJS.ProcessEnv, number | undefined][] = [
    [{}, undefined],
    [{ WATCHDOG_USEC: '60000000' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 30_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
  ]
  for (const [env, want] of cases) t.equal(watchdogInterval(env, 7), want, JSON.stringify(env))
})
