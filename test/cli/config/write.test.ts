import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { openConfig } from './open-config.js'

const sample =
  'z=service|b|2|a|1\nplain=example.org\nbare\n key =x\nmattermost=service|VirtualHost|a.b|status|enabled\n'

/** `want` is the line of the record afterwards; undefined where it must be gone. */
interface Case {
  name: string
  argv: string[]
  key: string
  want: string | undefined
  input?: string
  status?: number
  stderr?: RegExp
}

const cases: Case[] = [
  { name: 'set creates', argv: ['set', 'n', 't', 'b', '1', 'a', '2'], key: 'n', want: 'n=t|a|2|b|1' },
  { name: 'set replaces the record', argv: ['set', 'z', 't', 'c', '3'], key: 'z', want: 'z=t|c|3' },
  { name: 'set of a plain value', argv: ['set', 'plain', 'x.y'], key: 'plain', want: 'plain=x.y' },
  {
    name: 'rule 14: set with properties in the type',
    argv: ['set', 'n', 't|p|v'],
    key: 'n',
    want: 'n=t|p|v',
  },
  { name: 'rule 14: and more of them', argv: ['set', 'n', 't|p|v', 'a', '1'], key: 'n', want: 'n=t|a|1|p|v' },
  { name: 'rule 13: set of an empty type', argv: ['set', 'n', ''], key: 'n', want: 'n=' },
  {
    name: 'rule 6: outer blanks vanish',
    argv: ['set', 'n', ' t', 'a', ' 1 ', 'b', ' 2 \r'],
    key: 'n',
    want: 'n=t|a| 1 |b| 2',
  },
  { name: 'rule 12: a newline', argv: ['set', 'n', 't', 'a', 'x\ny'], key: 'n', want: 'n=t|a|x\\ny' },
  {
    name: 'rule 12: the two characters are said',
    argv: ['set', 'n', 't', 'a', 'C:\\new'],
    key: 'n',
    want: 'n=t|a|C:\\new',
    stderr: /read back as a newline/,
  },
  {
    name: 'rule 7: UTF-8 is stored as it is',
    argv: ['set', 'n', 't', 'a', 'ä'],
    key: 'n',
    want: 'n=t|a|\xc3\xa4',
  },
  {
    name: 'rule 16: a property named 0',
    argv: ['setprop', 'z', '0', '0'],
    key: 'z',
    want: 'z=service|0|0|a|1|b|2',
  },
  {
    name: 'setdefault keeps what exists',
    argv: ['setdefault', 'z', 't'],
    key: 'z',
    want: 'z=service|b|2|a|1',
  },
  { name: 'setdefault creates', argv: ['setdefault', 'n', 't', 'a', '1'], key: 'n', want: 'n=t|a|1' },
  { name: 'settype keeps the properties', argv: ['settype', 'z', 't'], key: 'z', want: 'z=t|a|1|b|2' },
  { name: 'settype of a missing key', argv: ['settype', 'n', 't'], key: 'n', want: undefined, status: 1 },
  { name: 'setprop', argv: ['setprop', 'z', 'b', '3', 'c', '4'], key: 'z', want: 'z=service|a|1|b|3|c|4' },
  { name: 'setprop of a missing key', argv: ['setprop', 'n', 'a', '1'], key: 'n', want: undefined },
  {
    name: 'setprop: a value like an option',
    argv: ['setprop', 'z', 'b', '-x'],
    key: 'z',
    want: 'z=service|a|1|b|-x',
  },
  {
    name: 'setprop: behind --',
    argv: ['setprop', '--', 'z', 'b', '--escape'],
    key: 'z',
    want: 'z=service|a|1|b|--escape',
  },
  {
    name: 'setprop: look-ups are exact',
    argv: ['setprop', 'z', 'B', '1'],
    key: 'z',
    want: 'z=service|B|1|a|1|b|2',
  },
  {
    name: 'rule 10: --escape',
    argv: ['setprop', '--escape', 'z', 'b', 'x|y'],
    key: 'z',
    want: 'z=service|a|1|b|x\\|y',
  },
  {
    name: 'rule 10: --escape behind',
    argv: ['setprop', 'z', 'b', '|', '--escape'],
    key: 'z',
    want: 'z=service|a|1|b|\\|',
  },
  {
    name: 'rule 10: what is escaped already',
    argv: ['setprop', 'z', 'b', 'x\\|y'],
    key: 'z',
    want: 'z=service|a|1|b|x\\|y',
  },
  { name: 'delprop', argv: ['delprop', 'z', 'a', 'nope'], key: 'z', want: 'z=service|b|2' },
  { name: 'delprop of a missing key', argv: ['delprop', 'n', 'a'], key: 'n', want: undefined },
  { name: 'delete', argv: ['delete', 'z'], key: 'z', want: undefined },
  { name: 'delete of a missing key', argv: ['delete', 'n'], key: 'n', want: undefined, status: 1 },
  { name: 'delete of a line without =', argv: ['delete', 'bare'], key: 'bare', want: undefined },
  { name: 'delete of a key with blanks', argv: ['delete', ' key '], key: 'key', want: undefined },
  {
    name: 'standard input, one LF dropped',
    argv: ['setprop', 'z', 'b', '-'],
    input: 's\n\n',
    key: 'z',
    want: 'z=service|a|1|b|s\\n',
  },
  {
    name: 'rule 7: standard input keeps its bytes',
    argv: ['setprop', 'z', 'b', '-'],
    input: '\xff\x00',
    key: 'z',
    want: 'z=service|a|1|b|\xff\x00',
  },
  {
    name: 'standard input for a plain value',
    argv: ['set', 'plain', '-'],
    input: 'x.y\n',
    key: 'plain',
    want: 'plain=x.y',
  },
  {
    name: 'a known property',
    argv: ['setprop', 'mattermost', 'VirtualHost', 'c.d'],
    key: 'mattermost',
    want: 'mattermost=service|VirtualHost|c.d|status|enabled',
  },
  {
    name: 'a known property, taken back',
    argv: ['setprop', 'mattermost', 'VirtualHost', ''],
    key: 'mattermost',
    want: 'mattermost=service|VirtualHost||status|enabled',
  },
]

t.test('what each command writes', async t => {
  for (const { name, argv, key, want, input, status = 0, stderr } of cases) {
    const config = openConfig(t, sample)
    const result = await config.run(argv, input)
    t.equal(result.status, status, name)
    t.equal(result.stdout, '', name)
    if (stderr === undefined) t.equal(result.stderr, '', name)
    else t.match(result.stderr, stderr, name)
    const line = readFileSync(config.path, 'latin1')
      .split('\n')
      .find(text => text.trim().split('=')[0]?.trim() === key)
    t.equal(line, want, name)
  }
})

const refused: { name: string; argv: string[]; status: number; reason: RegExp; input?: string }[] = [
  { name: 'rule 10: a raw |', argv: ['setprop', 'z', 'b', 'x|y'], status: 1, reason: /--escape/ },
  {
    name: 'rule 10: a raw | behind one that is escaped',
    argv: ['setprop', 'z', 'b', 'x\\|y|z'],
    status: 1,
    reason: /raw/,
  },
  { name: 'rule 10: a raw | in a name', argv: ['setprop', 'z', 'b|c', 'x'], status: 1, reason: /name/ },
  {
    name: 'rule 10: a value ending in \\',
    argv: ['setprop', 'z', 'b', 'x\\'],
    status: 1,
    reason: /backslash/,
  },
  {
    name: 'rule 10: also with blanks behind',
    argv: ['setprop', 'z', 'b', 'x\\ '],
    status: 1,
    reason: /backslash/,
  },
  { name: 'rule 10: a type ending in \\', argv: ['set', 'n', 't\\'], status: 1, reason: /backslash/ },
  {
    name: 'rule 10: from standard input',
    argv: ['setprop', 'z', 'b', '-'],
    input: 'a|b',
    status: 1,
    reason: /raw/,
  },
  { name: 'rule 6: a key with =', argv: ['set', 'a=b', 't'], status: 1, reason: /"="/ },
  { name: 'rule 6: a key that starts with #', argv: ['set', '#a', 't'], status: 1, reason: /comment/ },
  { name: 'rule 6: a key with blanks around it', argv: ['set', ' a', 't'], status: 1, reason: /blanks/ },
  { name: 'rule 12: a key with a newline', argv: ['set', 'a\nb', 't'], status: 1, reason: /newline/ },
  { name: 'an empty key', argv: ['set', '', 't'], status: 1, reason: /empty/ },
  { name: 'a property without a name', argv: ['setprop', 'z', '', 'x'], status: 1, reason: /without a name/ },
  {
    name: 'rule 7: an argument that Node has mangled',
    argv: ['setprop', 'z', 'b', '\uFFFD'],
    status: 1,
    reason: /standard input/,
  },
  { name: 'set: an odd count', argv: ['set', 'z', 't', 'a'], status: 64, reason: /usage/ },
  { name: 'setprop: an odd count', argv: ['setprop', 'z', 'a'], status: 64, reason: /usage/ },
  { name: 'setdefault: an empty type', argv: ['setdefault', 'n', ''], status: 64, reason: /type is empty/ },
  {
    name: 'two values from standard input',
    argv: ['setprop', 'z', 'a', '-', 'b', '-'],
    status: 64,
    reason: /one value/,
  },
  {
    name: 'a known property’s wrong value',
    argv: ['setprop', 'mattermost', 'VirtualHost', 'a b'],
    status: 78,
    reason: /mattermost.VirtualHost: it contains a blank/,
  },
  {
    name: 'the second of two',
    argv: ['setprop', 'mattermost', 'Home', '/x', 'ListenPort', '0'],
    status: 78,
    reason: /ListenPort/,
  },
  { name: 'in set', argv: ['set', 'mattermost', 'service', 'status', 'on'], status: 78, reason: /status/ },
  {
    name: 'rule 14: in the type',
    argv: ['set', 'mattermost', 'service|status|on'],
    status: 78,
    reason: /status/,
  },
  {
    name: 'in setdefault',
    argv: ['setdefault', 'sssd', 'service', 'Provider', 'nis'],
    status: 78,
    reason: /Provider/,
  },
  { name: 'in a plain value', argv: ['set', 'DomainName', 'a b'], status: 78, reason: /DomainName/ },
  {
    name: 'from standard input',
    argv: ['setprop', 'mattermost', 'VirtualHost', '-'],
    input: 'a.b\nc',
    status: 78,
    reason: /newline/,
  },
]

t.test('what is refused leaves the DB untouched', async t => {
  for (const { name, argv, status, reason, input } of refused) {
    const config = openConfig(t, sample)
    const before = statSync(config.path).ino
    const result = await config.run(argv, input)
    t.equal(result.status, status, name)
    t.match(result.stderr, reason, name)
    t.equal(result.stderr.split('\n').length, 2, `${name}: one line`)
    t.equal(statSync(config.path).ino, before, name)
    t.equal(readFileSync(config.path, 'latin1'), sample, name)
  }
})

t.test('a secret is in no message', async t => {
  const config = openConfig(t, 'sssd=service|Provider|ldap\n')
  for (const value of ['geheim|x', 'geheim\\', 'geheim\\n']) {
    const { stderr } = await config.run(['setprop', 'sssd', 'BindPassword', '-'], value)
    t.not(stderr, '', JSON.stringify(value))
    t.notMatch(stderr, /geheim/, JSON.stringify(value))
  }
})

t.test('rule 17: an equal value writes nothing', async t => {
  const config = openConfig(t, sample)
  const before = statSync(config.path).ino
  for (const argv of [
    ['setprop', 'z', 'a', '1'],
    ['set', 'z', 'service', 'a', '1', 'b', '2'],
    ['settype', 'z', 'service'],
    ['delprop', 'z', 'nope'],
    ['setdefault', 'z', 'other'],
  ]) {
    t.equal((await config.run(argv)).status, 0, argv.join(' '))
    t.equal(statSync(config.path).ino, before, argv.join(' '))
  }
})

t.test('rule 2: the DB and its folder are made at the first write', async t => {
  const config = openConfig(t, '')
  rmSync(dirname(config.path), { recursive: true })
  t.equal((await config.run(['set', 'a', 'b'])).status, 0)
  t.strictSame(
    readdirSync(dirname(config.path)).filter(name => name !== 'configuration.lock'),
    ['configuration'],
  )
  t.equal((await config.run(['get', 'a'])).stdout, 'b\n')
})
