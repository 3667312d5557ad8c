import { mkdirSync, rmSync } from 'node:fs'
import t from 'tap'
import { openConfig } from './open-config.js'

const sample = [
  '# comment',
  'z=service|b|2|a|1',
  'plain=example.org',
  'empty=',
  'untyped=|p|v',
  'bare',
  ' blank =x',
  'esc=t|p|x\\|y|q|one\\ntwo',
  'bytes=t|p|\xff',
  'odd=t|p',
  '',
].join('\n')

/** `want` is all of standard output; '' goes with exit 1 unless said otherwise. */
const cases: { name: string; argv: string[]; want: string; status?: number }[] = [
  { name: 'get: the raw value', argv: ['get', 'z'], want: 'service|b|2|a|1\n' },
  { name: 'get: a plain value', argv: ['get', 'plain'], want: 'example.org\n' },
  { name: 'rule 13: get of an empty value', argv: ['get', 'empty'], want: '\n' },
  { name: 'get: missing', argv: ['get', 'nope'], want: '' },
  { name: 'rule 5: get of a line without =', argv: ['get', 'bare'], want: '' },
  { name: 'rule 5: look-ups trim', argv: ['get', ' plain '], want: 'example.org\n' },
  { name: 'rule 5: a key with blanks cannot be fetched', argv: ['get', ' blank '], want: '' },
  {
    name: 'rule 12: get shows a stored \\n as a newline',
    argv: ['get', 'esc'],
    want: 't|p|x\\|y|q|one\ntwo\n',
  },
  { name: 'print k', argv: ['print', 'z'], want: 'z=service|b|2|a|1\n' },
  { name: 'print k: missing', argv: ['print', 'nope'], want: '' },
  { name: 'show k: sorted', argv: ['show', 'z'], want: 'z=service\n    a=1\n    b=2\n' },
  { name: 'show k: missing', argv: ['show', 'nope'], want: '' },
  { name: 'rule 13: show of no type', argv: ['show', 'untyped'], want: 'untyped=\n' },
  { name: 'rule 13: show of an empty value', argv: ['show', 'empty'], want: 'empty=\n' },
  { name: 'gettype', argv: ['gettype', 'z'], want: 'service\n' },
  { name: 'gettype: missing', argv: ['gettype', 'nope'], want: '' },
  { name: 'rule 13: gettype of an empty value', argv: ['gettype', 'empty'], want: '\n' },
  { name: 'rule 13: gettype of no type', argv: ['gettype', 'untyped'], want: '' },
  { name: 'printtype k', argv: ['printtype', 'z'], want: 'z=service\n' },
  { name: 'printtype k: missing', argv: ['printtype', 'nope'], want: '' },
  { name: 'getprop', argv: ['getprop', 'z', 'a'], want: '1\n' },
  { name: 'getprop: missing property', argv: ['getprop', 'z', 'c'], want: '' },
  { name: 'getprop: missing key', argv: ['getprop', 'nope', 'a'], want: '' },
  { name: 'rule 13: getprop without a type', argv: ['getprop', 'untyped', 'p'], want: 'v\n' },
  { name: 'rule 9: getprop of an undefined value', argv: ['getprop', 'odd', 'p'], want: '\n' },
  { name: 'rule 10: getprop does not unescape', argv: ['getprop', 'esc', 'p'], want: 'x\\|y\n' },
  { name: 'rule 12: getprop shows newlines', argv: ['getprop', 'esc', 'q'], want: 'one\ntwo\n' },
  { name: 'rule 7: getprop gives the bytes', argv: ['getprop', 'bytes', 'p'], want: '\xff\n' },
  { name: 'printprop k: sorted', argv: ['printprop', 'z'], want: 'a=1\nb=2\n' },
  { name: 'printprop k: none', argv: ['printprop', 'plain'], want: '' },
  { name: 'printprop k: missing', argv: ['printprop', 'nope'], want: '' },
  { name: 'printprop k p…: in the order asked', argv: ['printprop', 'z', 'b', 'c', 'a'], want: 'b=2\na=1\n' },
  { name: 'printprop k p…: always 0', argv: ['printprop', 'nope', 'a'], want: '', status: 0 },
  {
    name: 'printjson k',
    argv: ['printjson', 'z'],
    want: '{"name":"z","type":"service","props":{"b":"2","a":"1"}}',
  },
  { name: 'getjson k', argv: ['getjson', 'plain'], want: '{"name":"plain","type":"example.org"}' },
  { name: 'rule 13: printjson k without a type', argv: ['printjson', 'untyped'], want: 'null' },
  { name: 'printjson k: missing prints 1', argv: ['printjson', 'nope'], want: '1', status: 0 },
  {
    name: 'printjson k: invalid bytes become U+FFFD',
    argv: ['printjson', 'bytes'],
    want: '{"name":"bytes","type":"t","props":{"p":"\xef\xbf\xbd"}}',
  },
  {
    name: 'showjson k: three blanks and two newlines',
    argv: ['showjson', 'z'],
    want: '{\n   "name" : "z",\n   "type" : "service",\n   "props" : {\n      "b" : "2",\n      "a" : "1"\n   }\n}\n\n',
  },
  { name: '-- ends options', argv: ['get', '--', 'plain'], want: 'example.org\n' },
]

t.test('what each command prints, and how it ends', async t => {
  const config = openConfig(t, sample)
  for (const { name, argv, want, status } of cases) {
    const result = await config.run(argv)
    t.strictSame(result, { status: status ?? (want === '' ? 1 : 0), stdout: want, stderr: '' }, name)
  }
})

t.test('all records, sorted bytewise', async t => {
  const config = openConfig(t, sample)
  const keys = (await config.run(['keys'])).stdout
  t.equal(
    keys,
    ' blank \nbare\nbytes\nempty\nesc\nodd\nplain\nuntyped\nz\n',
    'rule 5: keys with blanks are listed',
  )
  t.match((await config.run(['print'])).stdout, / blank =x\nbare=\nbytes=t\|p\|\xff\nempty=\n/)
  t.match((await config.run(['show'])).stdout, /plain=example.org\nuntyped=\nz=service\n {4}a=1\n {4}b=2\n$/)
  t.match((await config.run(['printtype'])).stdout, /plain=example.org\nuntyped=\nz=service\n$/)
  const all = JSON.parse((await config.run(['printjson'])).stdout) as { name: string }[]
  t.strictSame(
    all.map(record => record.name),
    [' blank ', 'bytes', 'empty', 'esc', 'odd', 'plain', 'z'],
  )
})

t.test('an empty or missing DB', async t => {
  const config = openConfig(t, '')
  for (const command of ['keys', 'print', 'show', 'printtype']) {
    t.strictSame(await config.run([command]), { status: 1, stdout: '', stderr: '' }, command)
  }
  t.equal((await config.run(['printjson'])).stdout, '[]')
})

t.test('usage', async t => {
  const config = openConfig(t, sample)
  for (const argv of [
    [],
    ['nope'],
    ['get'],
    ['get', 'a', 'b'],
    ['getprop', 'z'],
    ['keys', 'z'],
    ['constructor', 'x'],
  ]) {
    const { status, stdout, stderr } = await config.run(argv)
    t.equal(status, 64, argv.join(' '))
    t.equal(stdout, '', argv.join(' '))
    t.match(stderr, /^teamchat: cannot run teamchat config.*\n$/, argv.join(' '))
  }
  const help = await config.run(['--help'])
  t.match(help, { status: 0, stderr: '', stdout: /^Usage: teamchat config/ })
})

t.test('a DB that cannot be read is named', async t => {
  const config = openConfig(t, '')
  rmSync(config.path)
  mkdirSync(config.path)
  t.match(await config.run(['get', 'z']), { status: 1, stdout: '', stderr: new RegExp(config.path) })
})
