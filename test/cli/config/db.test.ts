import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { openConfig } from './open-config.js'

const sample = 'mattermost=service|status|enabled\n'

/** The records of a file, without its header. */
function recordsIn(path: string): string {
  return readFileSync(path, 'latin1').replaceAll(/^#.*\n/gm, '')
}

t.test('rule 1: where a DB lies', async t => {
  const config = openConfig(t, sample)
  const folder = dirname(config.path)
  const cases: [name: string, file: string][] = [
    ['accounts', join(folder, 'accounts')],
    ['sub/accounts', join(folder, 'sub/accounts')],
    ['/srv/other/hosts', join(config.root, 'srv/other/hosts')],
    ['/srv//other/./networks', join(config.root, 'srv/other/networks')],
  ]
  for (const [name, file] of cases) {
    t.match(await config.db([name, 'set', 'k', 'type', 'p', 'v']), { status: 0, stderr: '' }, name)
    t.equal(recordsIn(file), 'k=type|p|v\n', name)
    t.match(await config.db([name, 'getprop', 'k', 'p']), { status: 0, stdout: 'v\n' }, name)
  }
  t.equal((await config.db(['nothing', 'keys'])).status, 1, 'rule 2: a missing file is an empty DB')
  t.match(await config.db(['configuration', 'getprop', 'mattermost', 'status']), { stdout: 'enabled\n' })
})

t.test('rule 1: DBPATH', async t => {
  const config = openConfig(t, sample, { DBPATH: '/srv/dbs' })
  t.equal((await config.db(['accounts', 'set', 'k', 'v'])).status, 0)
  t.equal(recordsIn(join(config.root, 'srv/dbs/accounts')), 'k=v\n', 'below --root, as every path')
})

t.test('known properties are checked in the configuration DB only', async t => {
  const config = openConfig(t, sample)
  const wrong = ['set', 'mattermost', 'service', 'status', 'perhaps']
  t.match(await config.db(['accounts', ...wrong]), { status: 0, stderr: '' })
  for (const name of ['configuration', '/var/lib/nethserver/db/configuration', './configuration']) {
    t.match(await config.db([name, ...wrong]), { status: 78, stderr: /mattermost.status/ }, name)
  }
  t.match(await config.db(['accounts', 'setprop', 'sssd', 'Realm', 'x']), { status: 0, stderr: '' })
  t.equal(recordsIn(config.path), sample)
})

t.test('messages name the command that was typed', async t => {
  const config = openConfig(t, sample)
  const cases: { argv: string[]; stderr: RegExp }[] = [
    { argv: [], stderr: /cannot run teamchat db NAME: no command/ },
    { argv: ['accounts'], stderr: /cannot run teamchat db accounts: no command/ },
    { argv: ['accounts', 'setprop', 'k'], stderr: /usage: teamchat db accounts setprop KEY PROPERTY VALUE/ },
    { argv: ['accounts', 'get'], stderr: /usage: teamchat db accounts get KEY/ },
    { argv: ['accounts', 'describe'], stderr: /type: teamchat config describe/ },
    { argv: ['../db/accounts', 'keys'], stderr: /cannot be the name of a DB/ },
    { argv: ['/srv/../../x', 'keys'], stderr: /cannot be the name of a DB/ },
    { argv: ['a/', 'keys'], stderr: /cannot be the name of a DB/ },
    { argv: ['', 'keys'], stderr: /cannot be the name of a DB/ },
  ]
  for (const { argv, stderr } of cases) t.match(await config.db(argv), { status: 64, stderr }, argv.join(' '))
  t.match(await config.db(['--help']), { status: 0, stdout: /^Usage: teamchat db NAME COMMAND/ })
  t.match(await config.db(['accounts', '--help']), {
    status: 0,
    stdout: /^Usage: teamchat db accounts COMMAND/,
  })
  t.notMatch((await config.db(['accounts', '--help'])).stdout, /describe/)
})

t.test('a DB that is a folder is said, and left alone', async t => {
  const config = openConfig(t, sample)
  mkdirSync(join(dirname(config.path), 'folder'))
  writeFileSync(join(dirname(config.path), 'folder/kept'), 'a=b\n')
  for (const argv of [
    ['folder', 'keys'],
    ['folder', 'set', 'a', 'c'],
  ]) {
    t.match(await config.db(argv), { status: 1, stderr: /cannot read .*folder/ }, argv.join(' '))
  }
  t.equal(readFileSync(join(dirname(config.path), 'folder/kept'), 'latin1'), 'a=b\n')
})
