import fc from 'fast-check'
import t from 'tap'
import {
  brokenLines,
  encodeDb,
  lookUp,
  parseDb,
  trimBlanks,
  whyKeyIsRefused,
} from '../../src/configdb/codec/codec.js'

const moment = new Date(2026, 10, 22, 14, 59, 30)
const header = [
  '# DO NOT MODIFY THIS FILE.',
  '# This file is automatically maintained by NethServer',
  '# configuration software.  Manually editing this file may put your ',
  '# system in an unknown state.',
  '#',
  '# updated: Sun Nov 22 14:59:30 2026',
  '',
].join('\n')

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function parsed(text: string): [string, string | undefined][] {
  return [...parseDb(bytes(text))]
}

t.test('reading', async t => {
  const cases: { name: string; file: string; want: [string, string | undefined][] }[] = [
    { name: 'rule 2: an empty file has no records', file: '', want: [] },
    {
      name: 'rule 5: comments and blank lines are skipped',
      file: '# x=1\n  # y=2\n \t\n\na=1\n',
      want: [['a', '1']],
    },
    { name: 'rule 5: the first = separates', file: 'a=b=c\n', want: [['a', 'b=c']] },
    { name: 'rule 5: the last duplicate wins', file: 'a=1\na=2\n', want: [['a', '2']] },
    { name: 'rule 5: no = is no value', file: 'a\n', want: [['a', undefined]] },
    { name: 'rule 5: a later line without = takes the value away', file: 'a=1\na', want: [['a', undefined]] },
    { name: 'rule 5: keys keep the blanks around them', file: ' a =1\n', want: [[' a ', '1']] },
    { name: 'rule 5: the last line needs no LF', file: 'a=1', want: [['a', '1']] },
    { name: 'rule 7: any byte stays', file: 'a=\xff\x00\xa0\n', want: [['a', '\xff\x00\xa0']] },
    { name: 'rule 13: an empty value is a value', file: 'a=\n', want: [['a', '']] },
  ]
  for (const { name, file, want } of cases) t.strictSame(parsed(file), want, name)
})

t.test('writing', async t => {
  const cases: { name: string; content: [string, string | undefined][]; want: string }[] = [
    { name: 'rule 3: six lines and nothing else', content: [], want: '' },
    {
      name: 'rule 4: sorted bytewise',
      content: [
        ['b', '1'],
        ['a', '2'],
        ['B', '3'],
        ['\xe4', '4'],
      ],
      want: 'B=3\na=2\nb=1\n\xe4=4\n',
    },
    { name: 'rule 5: no value becomes an empty one', content: [['a', undefined]], want: 'a=\n' },
    {
      name: 'rule 6: key and value are trimmed, CR too',
      content: [[' a\t', ' x|p|v \r']],
      want: 'a=x|p|v\n',
    },
    {
      name: 'rule 6: trimming takes nobody else’s place',
      content: [
        ['a ', '1'],
        ['a', '2'],
      ],
      want: 'a=2\na =1\n',
    },
    {
      name: 'rule 7: the last byte of "à" in UTF-8 is no blank',
      content: [['a', 'voil\xc3\xa0']],
      want: 'a=voil\xc3\xa0\n',
    },
  ]
  for (const { name, content, want } of cases) {
    t.equal(encodeDb(new Map(content), moment).toString('latin1'), header + want, name)
  }
  const early = encodeDb(new Map(), new Date(2026, 0, 3, 4, 5, 6)).toString('latin1')
  t.match(early, '# updated: Sat Jan  3 04:05:06 2026\n', 'rule 3: a day of one digit has a blank in front')
})

t.test('rule 6: what could not be read back is no key', async t => {
  for (const key of ['', 'a=b', '#a', ' a', 'a ', 'a\nb', 'a\r', '='])
    t.ok(whyKeyIsRefused(key), JSON.stringify(key))
  for (const key of ['a', '0', 'a#', 'a b', 'a|b', '\xff', 'a\\'])
    t.notOk(whyKeyIsRefused(key), JSON.stringify(key))
})

t.test('lines that cannot mean what was meant are named', async t => {
  t.strictSame(brokenLines(bytes('# c\na=1\ntorn off\n b=2\n\n')), [
    { line: 3, key: 'torn off', reason: 'no-separator' },
    { line: 4, key: ' b', reason: 'blank-around-key' },
  ])
})

// Few letters, so that keys collide and every special byte comes up.
const anyFile = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array)),
  fc
    .array(fc.constantFrom('a', 'b', '=', '\n', '\n', '#', ' ', '\r', '|', '\\', 'n', '\xa0', '\0'), {
      maxLength: 80,
    })
    .map(parts => bytes(parts.join(''))),
)

t.test('any bytes are read, and a rewrite changes nothing but blanks and comments', async t => {
  fc.assert(
    fc.property(anyFile, file => {
      const once = parseDb(file)
      const again = parseDb(encodeDb(once, moment))
      const twice = parseDb(encodeDb(again, moment))
      if (again.size !== once.size) throw new Error('a record was lost or made up')
      for (const [key, value] of once) {
        const written = again.has(key) ? key : trimBlanks(key)
        const want = trimBlanks(value ?? '')
        if (again.get(written) !== want) throw new Error(`${JSON.stringify(key)} changed`)
      }
      t.strictSame([...twice], [...again], 'a second rewrite changes nothing')
    }),
    { numRuns: 500 },
  )
})

t.test('every record that we would write is read back', async t => {
  const anyText = fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 })
    .map(codes => String.fromCharCode(...codes))
  const key = anyText.filter(text => whyKeyIsRefused(text) === undefined)
  const value = anyText.map(text => trimBlanks(text.replaceAll('\n', '\\n')))
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 8 }), entries => {
      const content = new Map(entries)
      const back = parseDb(encodeDb(content, moment))
      if (back.size !== content.size) throw new Error('a record was lost')
      for (const [name, text] of content) if (back.get(name) !== text) throw new Error(JSON.stringify(name))
    }),
  )
  t.pass('all of them')
})

t.test('a look-up finds what reading the whole file finds', async t => {
  fc.assert(
    fc.property(
      anyFile,
      fc.constantFrom('a', 'b', 'ab', '', 'a b', '#', 'a=', ' a', 'a|', 'aa'),
      (file, key) => {
        if (lookUp(file, key) !== parseDb(file).get(trimBlanks(key))) throw new Error(JSON.stringify(key))
      },
    ),
    { numRuns: 2000 },
  )
  t.pass('always')
})
