import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createStateFile, emptyState, type SettingsState } from '../../src/transaction/state.js'

const state: SettingsState = {
  ...emptyState(),
  managedSince: '2026-11-27T08:00:00.000Z',
  leaves: { 'ServiceSettings.SiteURL': { value: ['https://ä'], explicit: true, done: true } },
  adoptedAt: undefined,
}

function fileIn(folder: string) {
  const path = join(folder, 'settings.json')
  return { path, file: createStateFile(path, folder) }
}

t.test('what was written is read as another process would read it', async t => {
  const { path, file } = fileIn(t.testdir())
  t.strictSame(await file.read(), emptyState(), 'a missing one is the empty state')
  await file.write(state)
  const read = await file.read()
  t.strictSame(read, await createStateFile(path, '').read())
  t.notOk('adoptedAt' in read, 'what is undefined is not there')
  t.equal(await file.read(), read, 'understood once')
})

t.test('what somebody puts there is seen, however often it was read', async t => {
  const { path, file } = fileIn(t.testdir())
  await file.write(state)
  await file.read()
  writeFileSync(path, JSON.stringify({ ...state, held: true }))
  t.equal((await file.read()).held, true)
  writeFileSync(path, '{"version":1,"held":"no"}')
  await t.rejects(file.read(), { code: 'state.unreadable' })
  await t.rejects(file.read(), { code: 'state.unreadable' }, 'also when it is asked again')
  await file.write(state)
  t.equal((await file.read()).held, false)
})

t.test('a write that fails leaves what is known as it was', async t => {
  const { path, file } = fileIn(t.testdir())
  await file.write(state)
  const before = readFileSync(path, 'utf8')
  rmSync(path)
  symlinkSync('elsewhere.json', path)
  await t.rejects(file.write({ ...state, held: true }), { code: 'files.unsafe' })
  rmSync(path)
  writeFileSync(path, before)
  t.equal((await file.read()).held, false)
})

t.test('several share what was read: nobody can change it', async t => {
  const { file } = fileIn(t.testdir())
  await file.write({ ...state, owed: [{ verb: 'reload', unit: 'a.service', causes: [], issued: false }] })
  const read = await file.read()
  t.throws(() => read.owed.push({ verb: 'stop', unit: 'b.service', causes: [], issued: false }), TypeError)
  t.throws(() => Object.assign(read.leaves, { more: {} }), TypeError)
  t.equal((await file.read()).owed.length, 1)
})
