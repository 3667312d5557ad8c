import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkEvent, readHooks } from '../../src/events/hooks.js'

/** Folders of hooks; `site` and `ours` put a file into one, with a mode. */
function folders(t: Test) {
  // Not below the project: its folders may be anybody's.
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'teamchatd-hooks-')))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const at = { hooksFolder: join(root, 'ours'), siteHooksFolder: join(root, 'etc/hooks'), root }
  const put =
    (folder: string) =>
    (place: string, mode: number, text = '#!/bin/sh\n') => {
      const path = join(folder, place)
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o755 })
      writeFileSync(path, text)
      chmodSync(path, mode)
      return path
    }
  const action = (name: string) => JSON.stringify({ action: name, description: `does ${name}` })
  const ours = put(at.hooksFolder)
  ours('user-create/50-sync-person.json', 0o644, action('sync-person'))
  ours('user-create/README', 0o644, 'no hook')
  mkdirSync(at.siteHooksFolder, { recursive: true })
  return { at, site: put(at.siteHooksFolder), action }
}

t.test('the package’s and the site’s, in the order of their names', async t => {
  const { at, site, action } = folders(t)
  const early = site('user-create/10-early', 0o755)
  site('user-create/90-greet.sh', 0o700)
  site('backup/20-copy', 0o755)
  site('user-delete/50-own.json', 0o600, action('deactivate-person'))
  for (const left of [
    '10-early~',
    '10-early.rpmsave',
    '10-early.dpkg-old',
    '10-early.bak',
    'README',
    '.10-x',
    '5-x',
  ]) {
    site(`user-create/${left}`, 0o755)
  }
  site('No_Event/10-x', 0o755)
  const hooks = await readHooks(at)
  t.same([...hooks.keys()].sort(), ['backup', 'user-create', 'user-delete'])
  t.match(hooks.get('user-create'), [
    { kind: 'program', name: '10-early', path: early, description: `runs ${early}` },
    { kind: 'action', name: '50-sync-person.json', action: 'sync-person' },
    { kind: 'program', name: '90-greet.sh' },
  ])
  t.equal(hooks.get('user-create')?.length, 3)
  t.match(hooks.get('user-delete'), [{ kind: 'action', action: 'deactivate-person' }])
})

t.test('one of the site’s stands in the place of the package’s', async t => {
  const { at, site, action } = folders(t)
  site('user-create/50-sync-person.json', 0o644, action('deactivate-person'))
  t.match((await readHooks(at)).get('user-create'), [{ kind: 'action', action: 'deactivate-person' }])
})

t.test('what others could have written does not run, and says why', async t => {
  const { at, site } = folders(t)
  const cases: [name: string, make: (path: string) => void, reason: RegExp, hint: RegExp][] = [
    ['10-open', path => chmodSync(path, 0o777), /others than its owner can write it/, /chmod go-w/],
    ['20-plain', path => chmodSync(path, 0o644), /not executable/, /chmod \+x/],
    ['30-json.json', path => writeFileSync(path, '{"action": "rm"}'), /30-json\.json: /, /./],
    [
      '40-link',
      path => {
        rmSync(path)
        symlinkSync('/bin/true', path)
      },
      /symbolic link/,
      /file itself/,
    ],
  ]
  for (const [name, make] of cases) make(site(`user-create/${name}`, 0o755))
  const hooks = (await readHooks(at)).get('user-create') ?? []
  for (const [name, , reason, hint] of cases) {
    t.match(
      hooks.find(hook => hook.name === name),
      { kind: 'refused', reason, hint },
      name,
    )
  }
  t.match(hooks.at(-1), { kind: 'action' }, 'ours is not concerned')
})

t.test('a folder that others can write, or that is a link', async t => {
  const { at, site } = folders(t)
  site('user-create/10-early', 0o755)
  chmodSync(join(at.siteHooksFolder, 'user-create'), 0o775)
  t.match((await readHooks(at)).get('user-create')?.[0], { kind: 'refused', reason: /others than its owner/ })
  chmodSync(at.siteHooksFolder, 0o777)
  t.match((await readHooks(at)).get('user-create')?.at(-1), {
    kind: 'refused',
    reason: /others than its owner/,
  })
  chmodSync(at.siteHooksFolder, 0o755)
  rmSync(join(at.siteHooksFolder, 'user-create'), { recursive: true })
  const elsewhere = site('elsewhere/10-early', 0o755)
  symlinkSync(join(elsewhere, '..'), join(at.siteHooksFolder, 'user-create'))
  t.match((await readHooks(at)).get('user-create')?.[0], { kind: 'refused', reason: /symbolic link/ })
})

t.test(
  'what belongs to somebody else',
  { skip: process.getuid?.() !== 0 && 'only root can give files away' },
  async t => {
    const { at, site } = folders(t)
    chownSync(site('user-create/10-theirs', 0o755), 65_534, 65_534)
    t.match((await readHooks(at)).get('user-create')?.[0], {
      kind: 'refused',
      reason: /belongs to uid 65534/,
    })
  },
)

t.test('only what is about people must name somebody', async t => {
  const { at, site } = folders(t)
  site('backup/20-copy', 0o755)
  const hooks = await readHooks(at)
  t.doesNotThrow(() => checkEvent('backup', [], hooks))
  t.throws(() => checkEvent('user-create', [], hooks), { code: 'usage' })
  t.throws(() => checkEvent('backup', ['a\nb'], hooks), { code: 'usage' })
})
