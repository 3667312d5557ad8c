import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkEvent, type Hook, readHooks } from '../../src/events/hooks.js'
import { EventProcessor } from '../../src/events/processor.js'
import { Spool } from '../../src/events/spool.js'
import type { Outcome } from '../../src/events/types.js'
import { projectRoot } from '../../src/paths.js'

const folders = { hooksFolder: join(projectRoot(), 'hooks'), siteHooksFolder: '/nowhere', root: '' }
const runProgram = async () => done
const done: Outcome = { state: 'done', message: 'created' }
const missing: Outcome = {
  state: 'look-again',
  message: 'not found yet',
  final: { state: 'failed', message: 'not found', hint: 'create the account' },
}
const waits: Outcome = {
  state: 'waiting',
  message: 'waits: no account',
  reason: 'no account',
  hint: 'the wizard',
}

/** A processor with a clock of the test's and people that answer as `answers` says. */
async function storyOf(t: Test, answers: (action: string, logins: string[]) => Outcome) {
  let now = 1_700_000_000_000
  let elapsed = 5_000
  const clock = () => new Date(now)
  const spool = new Spool(join(t.testdir({}), 'spool'), '', clock)
  await spool.open()
  const calls: string[] = []
  const act = (action: string) => async (logins: string[]) => {
    calls.push(`${action} ${logins.join(' ')}`)
    return new Map(logins.map(login => [login, answers(action, logins)]))
  }
  const said: string[] = []
  const tell = (_members: object, text: string) => {
    said.push(text)
  }
  const service = new EventProcessor({
    loadCertificate: async () => done,
    spool,
    hooks: () => readHooks(folders),
    people: {
      syncNamed: act('sync'),
      lockNamed: act('lock'),
      deactivateNamed: act('deactivate'),
      endSessionsNamed: act('end'),
    },
    runProgram,
    log: { info: tell, warn: tell },
    now: clock,
    elapsed: () => elapsed,
  })
  const setClock = (ms: number) => {
    now += ms
  }
  const pass = (ms: number) => {
    now += ms
    elapsed += ms
  }
  return { service, spool, calls, said, pass, setClock, elapsed: () => elapsed }
}

t.test('events of the shipped hooks call the people service once for all of them', async t => {
  const { service, spool, calls, pass } = await storyOf(t, () => done)
  const fired = async (name: string, ...args: string[]) => {
    pass(1) // two of one millisecond have no order
    return spool.put(name, args)
  }
  const events = [
    await fired('user-create', 'pluto', 'Pluto Dog'),
    await fired('password-modify', 'minnie@example.org'),
    await fired('user-delete', 'goofy'),
  ]
  t.equal(await service.run(), undefined, 'nothing is left')
  t.same(calls.sort(), ['deactivate goofy', 'end minnie', 'sync pluto minnie'])
  const messages = ['created', 'created; created', 'created']
  for (const [index, event] of events.entries())
    t.match(await service.wait(event.id, 0), { state: 'done', message: messages[index] })
})

t.test('who is not there is looked at again for a minute, then the event has failed', async t => {
  const { service, spool, calls, pass } = await storyOf(t, () => missing)
  const event = await spool.put('user-create', ['pluto'])
  let looks = 0
  for (let next = await service.run(); next !== undefined; next = await service.run()) {
    looks += 1
    t.ok(looks < 100, 'it ends')
    pass(next)
  }
  t.equal(looks, 30, 'every two seconds')
  t.equal(calls.length, 31)
  t.match(await service.wait(event.id, 0), {
    state: 'failed',
    message: 'not found',
    hint: 'create the account',
  })
})

t.test('an event that waits is kept, told once, and tried less and less often', async t => {
  let answer: Outcome = waits
  const { service, spool, said, pass } = await storyOf(t, () => answer)
  const event = await spool.put('user-create', ['pluto'])
  const pauses: (number | undefined)[] = []
  for (let round = 0; round < 9; round += 1) {
    const next = await service.run()
    pauses.push(next)
    pass(next ?? 0)
  }
  t.same(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
  t.equal(said.length, 1, 'said once')
  t.match(
    await service.wait(event.id, 10_000),
    { state: 'waiting', hint: 'the wizard' },
    'whoever asks is told at once',
  )
  t.equal((await spool.queued()).events.length, 1)
  answer = done
  pass(-60_000)
  service.wake()
  t.equal(await service.run(), undefined)
  t.match(await service.wait(event.id, 0), { state: 'done' })
})

t.test('a clock that is set neither holds up an event nor ends it early', async t => {
  const year = 365 * 24 * 3_600_000
  for (const jump of [-year, year]) {
    const { service, spool, calls, pass, setClock } = await storyOf(t, () => missing)
    const event = await spool.put('user-create', ['pluto'])
    t.equal(await service.run(), 2000)
    setClock(jump)
    pass(2000)
    t.equal(await service.run(), 2000, `${jump}`)
    t.equal(calls.length, 2)
    t.match(await service.wait(event.id, 0), { state: 'look-again' })
  }
})

t.test('a people service that throws leaves the events waiting', async t => {
  const { service, spool } = await storyOf(t, () => {
    throw new Error('disk on fire')
  })
  const event = await spool.put('user-delete', ['pluto'])
  t.equal(await service.run(), 1000)
  t.match(await service.wait(event.id, 0), { state: 'waiting', message: /disk on fire/ })
})

t.test('whoever waits for an event is told when it ends, or what is known after the time', async t => {
  let answer: Outcome = missing
  const { service, spool, pass } = await storyOf(t, () => answer)
  const event = await spool.put('user-create', ['pluto'])
  const early = service.wait(event.id, 1)
  t.match(await early, { state: 'queued' })
  const waiting = service.wait(event.id, 60_000)
  await service.run()
  answer = done
  pass(2000)
  await service.run()
  t.match(await waiting, { state: 'done' })
  t.equal(await service.wait('0nothing', 60_000), undefined)
})

t.test('an event of another process is finished after a restart', async t => {
  const first = await storyOf(t, () => waits)
  const event = await first.spool.put('user-create', ['pluto'])
  await first.service.run()
  const second = new EventProcessor({
    loadCertificate: async () => done,
    spool: first.spool,
    hooks: () => readHooks(folders),
    people: {
      syncNamed: async () => new Map([['pluto', done]]),
      lockNamed: async () => new Map(),
      deactivateNamed: async () => new Map(),
      endSessionsNamed: async () => new Map(),
    },
    runProgram,
    log: { info: () => undefined, warn: () => undefined },
  })
  t.equal(await second.run(), undefined)
  t.match(await second.wait(event.id, 0), { state: 'done' })
})

t.test('hooks run in the order of their names, all of them, each until it has come to something', async t => {
  const { spool, pass, elapsed: clock } = await storyOf(t, () => done)
  const log = { info: () => undefined, warn: () => undefined }
  const program = (name: string): Hook => ({ kind: 'program', name, path: `/x/${name}`, description: '' })
  const action: Hook = { kind: 'action', name: '50-sync', action: 'sync-person', description: '' }
  const refused: Hook = {
    kind: 'refused',
    name: '60-bad',
    reason: 'anybody could',
    hint: 'chmod',
    description: '',
  }
  const hooks = new Map([
    ['user-create', [program('10-a'), action, refused, program('90-z')]],
    ['user-modify', [action, program('90-z')]],
  ])
  const ran: string[] = []
  const answers: Record<string, Outcome[]> = { '90-z': [waits, waits] }
  const looks: Outcome[] = [missing]
  const service = new EventProcessor({
    loadCertificate: async () => done,
    spool,
    hooks: async () => hooks,
    people: {
      syncNamed: async logins => {
        ran.push(`sync ${logins.join(' ')}`)
        const outcome = looks.shift() ?? done
        return new Map(logins.map(login => [login, outcome]))
      },
      lockNamed: async () => new Map(),
      deactivateNamed: async () => new Map(),
      endSessionsNamed: async () => new Map(),
    },
    runProgram: async (hook, event) => {
      ran.push(`${hook.name} ${event.name}`)
      return answers[hook.name]?.shift() ?? { state: 'done', message: `${hook.name} is done` }
    },
    log,
    elapsed: clock,
  })
  const create = await spool.put('user-create', ['pluto'])
  pass(1)
  const modify = await spool.put('user-modify', ['minnie'])
  let next = await service.run()
  t.same(ran.splice(0), ['10-a user-create', 'sync pluto minnie', '90-z user-create', '90-z user-modify'])
  pass(next ?? 0)
  next = await service.run()
  t.same(
    ran.splice(0),
    ['sync pluto minnie', '90-z user-create', '90-z user-modify'],
    'what is done is not done again',
  )
  t.equal(next, undefined)
  t.match(await service.wait(create.id, 0), {
    state: 'failed',
    message: '10-a is done; created; 60-bad did not run: anybody could; 90-z is done',
    hint: 'chmod',
  })
  t.match(await service.wait(modify.id, 0), { state: 'done' })
})

t.test('an action without anything to say leaves no trace in the outcome', async t => {
  const { service, spool } = await storyOf(t, action =>
    action === 'end' ? { state: 'done', message: '' } : done,
  )
  const event = await spool.put('password-modify', ['minnie'])
  await service.run()
  t.match(await service.wait(event.id, 0), { state: 'done', message: /^created$/ })
})

t.test('a look that ends well does not hide a hook that has failed', async t => {
  const gentle: Outcome = { ...missing, final: { state: 'done', message: 'skipped: locked', hint: '' } }
  const { spool, pass, elapsed } = await storyOf(t, () => done)
  const service = new EventProcessor({
    loadCertificate: async () => done,
    spool,
    hooks: async () =>
      new Map<string, Hook[]>([
        [
          'user-create',
          [
            { kind: 'program', name: '10-a', path: '/x', description: '' },
            { kind: 'action', name: '50-s', action: 'sync-person', description: '' },
          ],
        ],
      ]),
    people: {
      syncNamed: async logins => new Map(logins.map(login => [login, gentle])),
      lockNamed: async () => new Map(),
      deactivateNamed: async () => new Map(),
      endSessionsNamed: async () => new Map(),
    },
    runProgram: async () => ({ state: 'failed', message: '10-a has failed', hint: 'mend it' }),
    log: { info: () => undefined, warn: () => undefined },
    elapsed,
  })
  const event = await spool.put('user-create', ['pluto'])
  for (let next = await service.run(); next !== undefined; next = await service.run()) pass(next)
  t.match(await service.wait(event.id, 0), {
    state: 'failed',
    message: '10-a has failed; skipped: locked',
    hint: 'mend it',
  })
})

t.test('what can be fired', async t => {
  const hooks = await readHooks(folders)
  t.same([...hooks.keys()].sort(), [
    'certificate-update',
    'password-modify',
    'user-create',
    'user-delete',
    'user-lock',
    'user-modify',
    'user-unlock',
  ])
  const refused: [string, string[], string][] = [
    ['user-crate', ['pluto'], 'event.unknown'],
    ['User-Create', ['pluto'], 'event.unknown'],
    ['../user-create', ['pluto'], 'event.unknown'],
    ['', ['pluto'], 'event.unknown'],
    ['x'.repeat(65), ['pluto'], 'event.unknown'],
    ['user-create', [], 'usage'],
    ['user-create', ['@example.org'], 'usage'],
    ['user-create', ['pluto\n'], 'usage'],
    ['user-create', ['pluto', 'x'.repeat(2000)], 'usage'],
  ]
  for (const [name, args, code] of refused) {
    t.throws(() => checkEvent(name, args, hooks), { code }, `${name} ${args.join(' ').slice(0, 40)}`)
  }
  t.throws(() => checkEvent('nothing', ['x'], hooks), {
    code: 'event.unknown',
    hint: `known events: ${[...hooks.keys()].sort().join(', ')}`,
  })
  checkEvent('user-create', ['pluto', 'Plüto "Dog"', '/bin/bash'], hooks)
  checkEvent('certificate-update', [], hooks)
  checkEvent('certificate-update', ['chat.example.org'], hooks)
})

t.test('an event that names nobody: one look for all of them, and one outcome each', async t => {
  const { spool, elapsed } = await storyOf(t, () => done)
  let looks = 0
  const service = new EventProcessor({
    loadCertificate: async () => {
      looks += 1
      return { state: 'done', message: 'loaded' }
    },
    spool,
    hooks: () => readHooks(folders),
    people: {
      syncNamed: async () => new Map(),
      lockNamed: async () => new Map(),
      deactivateNamed: async () => new Map(),
      endSessionsNamed: async () => new Map(),
    },
    runProgram: async () => done,
    log: { info: () => undefined, warn: () => undefined },
    elapsed,
  })
  const events = [await spool.put('certificate-update', []), await spool.put('certificate-update', ['x'])]
  await service.run()
  t.equal(looks, 1)
  for (const { id } of events) t.match(await service.wait(id, 0), { state: 'done', message: 'loaded' })
})
