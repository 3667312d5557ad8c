import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDefinition, pathOn } from '../../../src/config/outputs/definition.js'
import { createPaths, projectRoot } from '../../../src/paths.js'

const plain = { format: 'text', path: '/etc/fail2ban/jail.d/chat.conf', mode: '0644' }

function parse(more: object, whose: 'package' | 'site' = 'site') {
  return parseDefinition('/t/output.json', JSON.stringify({ ...plain, ...more }), whose)
}

t.test('what is left out has its default', async t => {
  t.same(parse({}), { ...plain, owner: 'root', check: 'none', services: [], description: '' })
})

t.test('everything that can be said', async t => {
  const all = {
    path: { debian: '/etc/a', rhel: '/etc/b' },
    owner: 'mattermost',
    group: 'adm',
    check: { program: ['/usr/bin/fail2ban-client', '-t', '{file}'] },
    services: [
      { unit: 'fail2ban.service', action: 'restart' },
      { unit: 'apache', action: 'reload' },
      { unit: 'mattermost', action: 'restart' },
    ],
    when: { 'fail2ban.status': 'enabled', 'mattermost.WebServer': ['apache', 'none'] },
    description: 'a jail',
  }
  const definition = parse(all)
  t.same(definition, { ...plain, ...all })
  t.same(
    [pathOn(definition, 'debian'), pathOn(definition, 'rhel'), pathOn(plain, 'rhel')],
    ['/etc/a', '/etc/b', plain.path],
  )
})

t.test('refused, with file and place', async t => {
  const cases: [object, RegExp][] = [
    [{ more: 1 }, /json: there is no member "more"$/],
    [{ mode: undefined }, /json: mode: it is missing$/],
    [{ path: undefined }, /json: path: it is missing$/],
    [{ mode: 644 }, /json: mode: it must be a text in quotes$/],
    [{ path: 1 }, /json: path: it must be a text in quotes, or it must be an object in braces$/],
    [{ path: { debian: '/etc/a' } }, /json: path\.rhel: it is missing$/],
    [
      { path: { debian: '/etc/a', rhel: '/etc/b', arch: '/etc/c' } },
      /json: path: there is no member "arch"$/,
    ],
    [{ mode: '644' }, /mode: wants an octal mode/],
    [{ mode: '01777' }, /mode/],
    [{ format: 'yaml' }, /json: format: it must be "json" or "text"$/],
    [{ owner: 'a b' }, /owner/],
    [{ group: '-x' }, /group: wants the name/],
    [{ check: 'apache' }, /check: Apache's test is for mattermost\.conf alone/],
    [{ check: { program: ['nginx', '-t'] } }, /check/],
    [{ check: { program: [] } }, /json: check\.program: it is empty/],
    [{ check: { progam: ['/x'] } }, /check\.program: it is missing; check: there is no member "progam"$/],
    [{ services: [{ unit: 'fail2ban', action: 'reload' }] }, /services\.0\.unit: wants a unit like/],
    [{ services: [{ unit: '-x.service', action: 'reload' }] }, /services\.0\.unit/],
    [{ services: [{ unit: 'x.service', action: 'stop' }] }, /services\.0\.action/],
    [{ services: [{ unit: 'x.service', action: 'reload', now: true }] }, /services\.0.*"now"/],
    [
      { services: [{ unit: 'mattermost', action: 'leaf' }] },
      /services\.0\.action: is for config\.json alone/,
    ],
    [{ services: [{ unit: 'apache', action: 'restart' }] }, /only ever reloaded/],
    [{ services: [{ unit: 'httpd.service', action: 'restart' }] }, /only ever reloaded/],
    [{ services: [{ unit: 'mattermost', action: 'reload' }] }, /reloads nothing but config\.json/],
    [{ when: { status: 'enabled' } }, /when\.status: wants RECORD\.PROPERTY$/],
    [{ when: { 'a.b': [] } }, /when\.a\.b: it is empty$/],
    [{ when: { 'a.b': 1 } }, /when\.a\.b: it must be a text in quotes, or it must be a list in brackets$/],
  ]
  for (const [more, says] of cases) {
    t.throws(() => parse(more), { code: 'template.invalid', message: says }, JSON.stringify(more))
    t.throws(() => parse(more), { message: /cannot read \/t\/output\.json/ })
  }
  t.throws(() => parseDefinition('/t/output.json', '{\n "format": text }', 'site'), { message: /line 2/ })
})

t.test("the package's own say where the service writes", async t => {
  const paths = createPaths({ root: '', env: {} })
  const read = (name: string) => {
    const file = join(projectRoot(), 'templates', name, 'output.json')
    return parseDefinition(file, readFileSync(file, 'utf8'), 'package')
  }
  for (const platform of ['debian', 'rhel'] as const) {
    t.equal(pathOn(read('mattermost.conf'), platform), paths.apache(platform).vhostFile)
    t.equal(pathOn(read('config.json'), platform), '{Home}/config/config.json')
  }
})
