import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Work, type WorkParts } from '../../src/app/work.js'
import { SerialQueue } from '../../src/system/concurrency/serial-queue.js'

t.test(
  'an event that waits when the daemon stops sets no clock, which would keep the process alive',
  async t => {
    const stopping = new AbortController()
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const queues = { settings: new SerialQueue(), people: new SerialQueue() }
    let looks = 0
    const parts = {
      queues,
      events: {
        run: async () => {
          looks += 1
          // As the daemon stops: in the middle of a look, which ends after it.
          stopping.abort()
          work.stop()
          return 1
        },
        hurry: () => undefined,
      },
      pause: { read: async () => undefined },
      log,
      signal: stopping.signal,
    } as unknown as WorkParts // the rest is not asked
    const work = new Work(parts)
    work.lookAtSpool()
    await queues.people.run('wait', async () => undefined)
    t.equal(looks, 1)
    await sleep(20)
    t.equal(looks, 1)
  },
)

t.test(
  'others read the DB once the settings are in force, or have failed, or wait because of a pause',
  async t => {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
    for (const [how, outcome, paused, wanted] of [
      [
        'in force',
        async () => ({ done: [], plan: { notes: [], management: { state: 'managed' } } }),
        false,
        'run,read',
      ],
      ['failed', () => Promise.reject(new Error('no')), false, 'run,read'],
      ['paused', () => Promise.reject(new Error('it ran')), true, 'read'],
    ] as const) {
      const order: string[] = []
      const queues = { settings: new SerialQueue(), people: new SerialQueue() }
      const parts = {
        queues,
        settings: {
          run: async () => {
            await sleep(5)
            order.push('run')
            return outcome()
          },
          owesActions: () => false,
        },
        events: { run: async () => undefined, hurry: () => undefined },
        pause: {
          read: async () => (paused ? { reason: 'r', by: 'me', since: '', until: undefined } : undefined),
        },
        log,
        signal: new AbortController().signal,
      } as unknown as WorkParts // the rest is not asked
      const work = new Work(parts)
      work.settingsChanged('db-changed')
      work.afterSettings(() => order.push('read'))
      await queues.settings.run('wait', async () => undefined)
      t.equal(order.join(), wanted, how)
    }
  },
)
