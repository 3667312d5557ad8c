import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openConfig } from './open-config.js'

function recordsIn(path: string): string[] {
  return readFileSync(path, 'latin1')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
}

type Tree = NonNullable<Parameters<typeof t.testdir>[0]>

const cases: { name: string; before: string; tree: Tree; after: string[]; stderr?: RegExp }[] = [
  {
    name: 'defaults fill in, one LF is dropped',
    before: 'z=service|a|1\n',
    tree: { defaults: { z: { a: 'other\n', b: 'two\n', c: '' } } },
    after: ['z=service|a|1|b|two|c|'],
  },
  {
    name: 'an empty property is defined',
    before: 'z=service|a|\n',
    tree: { defaults: { z: { a: 'x' } } },
    after: ['z=service|a|'],
  },
  {
    name: 'force always counts',
    before: 'z=service|a|1|b|2\n',
    tree: { force: { z: { a: 'x' } }, defaults: { z: { a: 'y', type: 'other' } } },
    after: ['z=service|a|x|b|2'],
  },
  {
    name: 'force of a type',
    before: 'z=old|a|1\n',
    tree: { force: { z: { type: 'new\n' } } },
    after: ['z=new|a|1'],
  },
  {
    name: 'type makes a record',
    before: '',
    tree: { defaults: { n: { type: 'service\n', status: 'enabled\n' }, DomainName: { type: 'x.y\n' } } },
    after: ['DomainName=x.y', 'n=service|status|enabled'],
  },
  {
    name: 'rule 13: a record without a type gets one',
    before: 'z=|a|1\n',
    tree: { defaults: { z: { type: 't' } } },
    after: ['z=t|a|1'],
  },
  {
    name: 'rule 12: more than one line',
    before: 'z=t\n',
    tree: { defaults: { z: { a: 'x\ny\n\n' } } },
    after: ['z=t|a|x\\ny\\n'],
  },
  {
    name: 'a record that would have no type is left out and told',
    before: 'z=t\n',
    tree: { defaults: { n: { a: '1' }, z: { a: '1' } } },
    after: ['z=t|a|1'],
    stderr: /n is left out/,
  },
  {
    name: 'migrate is not run, and that is told',
    before: 'z=t\n',
    tree: { defaults: { z: { a: '1' } }, migrate: { '05z': '#!/bin/sh\n' } },
    after: ['z=t|a|1'],
    stderr: /migrate are not run/,
  },
  {
    name: 'what is neither is left out and told; hidden files are nothing',
    before: 'z=t\n',
    tree: { defaults: { README: 'x', '.hidden': 'x', z: { '.swp': 'x', folder: { x: 'y' }, a: '1' } } },
    after: ['z=t|a|1'],
    stderr: /README is left out: it is not a folder[\s\S]*folder is left out: it is not a file/,
  },
]

t.test('loaddefaults', async t => {
  for (const { name, before, tree, after, stderr } of cases) {
    const config = openConfig(t, before)
    const folder = join(
      t.testdir({ var: { lib: { nethserver: { db: { accounts: before } } } }, new: tree }),
      'new',
    )
    const result = await config.db(['accounts', 'loaddefaults', folder])
    t.equal(result.status, 0, `${name}: ${result.stderr}`)
    if (stderr === undefined) t.equal(result.stderr, '', name)
    else t.match(result.stderr, stderr, name)
    const file = join(config.root, 'var/lib/nethserver/db/accounts')
    t.strictSame(recordsIn(file), after, name)
    const inode = statSync(file).ino
    t.equal((await config.db(['accounts', 'loaddefaults', folder])).status, 0, name)
    t.equal(statSync(file).ino, inode, `${name}: a second time nothing is written`)
  }
})

t.test('an absolute folder is below --root', async t => {
  const config = openConfig(t, '')
  t.testdir({ etc: { 'e-smith': { db: { x: { defaults: { n: { type: 't' } } } } } } })
  t.equal((await config.db(['x', 'loaddefaults', '/etc/e-smith/db/x'])).status, 0)
  t.equal((await config.db(['x', 'get', 'n'])).stdout, 't\n')
})

const refused: { name: string; tree: Tree; status: number; reason: RegExp }[] = [
  { name: 'neither', tree: { x: 'y' }, status: 64, reason: /no folder defaults or force/ },
  {
    name: 'a raw |',
    tree: { defaults: { z: { a: '1', b: 'x|y' } } },
    status: 1,
    reason: /value in .*defaults\/z\/b: .*raw/,
  },
  { name: 'a key with =', tree: { defaults: { 'a=b': { type: 't' } } }, status: 1, reason: /"="/ },
  {
    name: 'a known property’s wrong value',
    tree: { defaults: { z: { a: '1' } }, force: { mattermost: { status: 'on' } } },
    status: 78,
    reason: /mattermost.status/,
  },
  {
    name: 'a plain record’s wrong value',
    tree: { defaults: { DomainName: { type: 'a b' } } },
    status: 78,
    reason: /DomainName/,
  },
]

t.test('what is refused leaves the DB untouched', async t => {
  for (const { name, tree, status, reason } of refused) {
    const before = 'z=t\n'
    const config = openConfig(t, before)
    const root = t.testdir({ var: { lib: { nethserver: { db: { configuration: before } } } }, new: tree })
    const result = await config.run(['loaddefaults', join(root, 'new')])
    t.equal(result.status, status, `${name}: ${result.stderr}`)
    t.match(result.stderr, reason, name)
    t.equal(readFileSync(config.path, 'latin1'), before, name)
  }
})
