import { chmodSync, closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkConfigAccess, configAccessTrouble } from '../../../src/settings/checks/access.js'
import type { Exec } from '../../../src/system/exec.js'
import { ACCESS_LIST, loadAttributes } from '../../../src/system/files/attributes.js'

const NOBODY = 65_534

/** `id` and `getent` of a host on which chat has the uid, and these groups. */
function hostWith(uid: number | undefined, groups: string): Exec {
  return async (program, args) => {
    if (uid === undefined) return { status: 1, stdout: '', stderr: `id: ${args.at(-1)}: no such user` }
    if (program === 'getent')
      return { status: 0, stdout: `${args[1]}:x:${process.getgid?.()}:\n`, stderr: '' }
    return { status: 0, stdout: args[0] === '-u' ? `${uid}\n` : `${groups}\n`, stderr: '' }
  }
}

const [me, myGroup] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
const unit = { unit: 'chat.service', user: 'chat', groups: [] as string[] }

const cases: [what: string, mode: number, exec: Exec, trouble: string | undefined, groups?: string[]][] = [
  ['its own', 0o600, hostWith(me, '9'), undefined],
  ['its own, and closed to itself', 0o040, hostWith(me, String(myGroup)), 'chmod u+rw '],
  ['of its group', 0o640, hostWith(NOBODY, `9 ${myGroup}`), undefined],
  ['of its group, and closed to it', 0o604, hostWith(NOBODY, String(myGroup)), 'chown chat: '],
  ['of a group that the unit adds', 0o640, hostWith(NOBODY, '9'), undefined, ['more']],
  ['open to all', 0o604, hostWith(NOBODY, '9'), undefined],
  ['somebody else’s', 0o600, hostWith(NOBODY, '9'), 'chown chat: '],
  ['of a user that nobody knows', 0o600, hostWith(undefined, ''), undefined],
]

t.test('who may read config.json, by owner and mode', async t => {
  const folder = join(t.testdir({}), 'config')
  mkdirSync(folder)
  const file = join(folder, 'config.json')
  for (const [what, mode, exec, trouble, groups = []] of cases) {
    writeFileSync(file, '{}')
    chmodSync(file, mode)
    // Whose it is cannot be changed by everybody who tests; the shortcut for an owner that is the folder's is for others.
    if (me !== 0 && (mode & 0o400) !== 0 && trouble !== undefined) continue
    const found = await configAccessTrouble(file, { ...unit, groups }, exec)
    t.equal(found?.remedy, trouble === undefined ? undefined : `${trouble}${file}`, what)
  }
  const attributes = await loadAttributes()
  writeFileSync(file, '{}')
  chmodSync(file, 0o600)
  const open = openSync(file, 'r+')
  t.teardown(() => closeSync(open))
  // owner rw, the user 9 r, group -, mask r, others -
  const list = '0200000001000600ffffffff020004000900000004000000ffffffff10000400ffffffff20000000ffffffff'
  attributes.write(open, new Map([[ACCESS_LIST, Buffer.from(list, 'hex')]]))
  t.equal(await configAccessTrouble(file, unit, hostWith(NOBODY, '9')), undefined, 'one with an access list')
  const asRoot = await configAccessTrouble(file, { ...unit, user: '' }, hostWith(NOBODY, '9'))
  t.equal(asRoot, undefined, 'a unit that runs as root')
})

t.test('one that is yet to be made gets the owner of its folder', async t => {
  const folder = t.testdir({})
  const file = join(folder, 'config.json')
  const found = await configAccessTrouble(file, unit, hostWith(NOBODY, '9'))
  t.equal(found?.remedy, `chown chat: ${folder}`)
  t.match(found?.reason, `it would belong to uid ${statSync(folder).uid} with mode 0600`)
  rmSync(folder, { recursive: true })
  t.equal(await configAccessTrouble(file, unit, hostWith(NOBODY, '9')), undefined, 'without a folder')
})

t.test('it matters where the file is written, or Mattermost reads it', async t => {
  const configFile = join(t.testdir({}), 'config.json')
  const hostState = { configFile, unit } as unknown as Parameters<typeof checkConfigAccess>[0]
  const changePlan = (verb: string, output: string) =>
    ({
      services: { actions: [{ unit: 'chat.service', verb }] },
      steps: [{ output }],
    }) as unknown as Parameters<typeof checkConfigAccess>[1]
  const exec = hostWith(NOBODY, '9')
  await t.resolves(checkConfigAccess(hostState, changePlan('stop', 'mattermost.conf'), exec))
  for (const told of [changePlan('restart', 'mattermost.conf'), changePlan('stop', 'config.json')])
    await t.rejects(checkConfigAccess(hostState, told, exec), {
      code: 'check.failed',
      message: /^cannot let Mattermost read .*: chat\.service runs as chat, who cannot read it/,
      hint: /^nothing was changed; type: chown chat: \S+ && teamchat apply$/,
    })
})
