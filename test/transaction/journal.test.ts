import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createJournalFile, type Journal } from '../../src/transaction/journal.js'
import { emptyState } from '../../src/transaction/state.js'

const journal: Journal = {
  version: 1,
  id: 'a1b2c3d4e5f6',
  at: '2026-11-27T08:00:00.000Z',
  revision: '0123456789ab',
  cause: 'db-changed',
  entries: [{ step: 'link', output: 'mattermost.conf', path: '/etc/x', target: '../y ä', before: null }],
  before: emptyState(),
  next: emptyState(),
  units: [],
  files: [],
  actions: [],
  reloaded: [],
  outputs: [],
}

function fileIn(folder: string) {
  const path = join(folder, 'transaction.json')
  return { path, file: createJournalFile(path, folder) }
}

t.test('what a power cut leaves of a journal is none, and goes; a whole one stays', async t => {
  const { path, file } = fileIn(t.testdir())
  await file.write(journal)
  const whole = readFileSync(path)
  t.strictSame(await file.read(), journal)
  await file.sweep()
  t.strictSame(await file.read(), journal)
  for (let length = 0; length < whole.length; length += 1) {
    for (const torn of [
      whole.subarray(0, length),
      Buffer.concat([whole.subarray(0, length)], whole.length),
    ]) {
      writeFileSync(path, torn)
      if (length === whole.length - 1 && torn.length === length) continue // nothing but its end is missing
      if ((await file.read()) !== undefined) t.fail(`${length} bytes of it were taken for a journal`)
      await file.sweep()
      if (existsSync(path)) t.fail(`${length} bytes of it were left`)
    }
  }
})

t.test('one that somebody has spoilt stops everything, and says nothing of what it holds', async t => {
  const { path, file } = fileIn(t.testdir())
  for (const [name, text] of [
    ['edited', `${JSON.stringify({ ...journal, id: 7, cause: 's3cret' })}\n`],
    ['not JSON', '{"cause": "s3cret",}\n'],
  ] as const) {
    writeFileSync(path, text)
    await t.rejects(file.read(), { code: 'state.unreadable', message: /transaction\.json/ }, name)
    const error = await file.read().catch((cause: unknown) => cause)
    t.notMatch(JSON.stringify(error), /s3cret/)
    await file.sweep()
    t.ok(existsSync(path), `${name}: it stays for whoever looks`)
  }
})

t.test('a journal takes the place of a torn one', async t => {
  const { path, file } = fileIn(t.testdir({ 'transaction.json': '{"version":1' }))
  await file.write(journal)
  t.strictSame(await file.read(), journal)
  await file.remove()
  t.notOk(existsSync(path))
  await file.remove()
})
