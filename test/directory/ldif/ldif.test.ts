import fc from 'fast-check'
import t from 'tap'
import { parseLdif } from '../../../src/directory/ldif/ldif.js'
import { TeamchatError } from '../../../src/errors.js'

function parse(text: string | Buffer) {
  return [...parseLdif(typeof text === 'string' ? Buffer.from(text) : text, '/people.ldif')].map(
    ({ dn, values, line }) => ({ dn, line, values: Object.fromEntries(values) }),
  )
}

const plain = [{ dn: 'uid=a,dc=x', line: 1, values: { uid: ['a'] } }]

const readable: { name: string; text: string | Buffer; entries: unknown }[] = [
  { name: 'nothing', text: '', entries: [] },
  { name: 'only comments', text: '# a\n# b\n', entries: [] },
  { name: 'an entry', text: 'dn: uid=a,dc=x\nuid: a\n', entries: plain },
  { name: 'no newline at the end', text: 'dn: uid=a,dc=x\nuid: a', entries: plain },
  { name: 'CRLF', text: 'dn: uid=a,dc=x\r\nuid: a\r\n\r\n', entries: plain },
  { name: 'no blank after the colon', text: 'dn:uid=a,dc=x\nuid:a\n', entries: plain },
  { name: 'upper case', text: 'DN: uid=a,dc=x\nUID: a\n', entries: plain },
  { name: 'a byte order mark', text: '\ufeffdn: uid=a,dc=x\nuid: a\n', entries: plain },
  {
    name: 'version, comments between, several blank lines',
    text: '# head\nversion: 1\n\n\ndn: uid=a,dc=x\n# c\nuid: a\n\n\n\ndn: b\n',
    entries: [
      { dn: 'uid=a,dc=x', line: 5, values: { uid: ['a'] } },
      { dn: 'b', line: 11, values: {} },
    ],
  },
  { name: 'folded lines', text: 'dn: uid=a\n ,dc=x\nuid:\n  a\n', entries: plain },
  {
    name: 'a folded comment',
    text: '# one\n dn: no\ndn: uid=a,dc=x\nuid: a\n',
    entries: [{ ...plain[0], line: 3 }],
  },
  {
    name: 'a fold within a character',
    text: Buffer.concat([Buffer.from('dn: M\xc3', 'latin1'), Buffer.from('\n \xbcller\n', 'latin1')]),
    entries: [{ dn: 'Müller', line: 1, values: {} }],
  },
  {
    name: 'base64, folded and with UTF-8',
    text: 'dn:: TcO8\n bGxlcg==\ncn:: w4k=\n',
    entries: [{ dn: 'Müller', line: 1, values: { cn: ['É'] } }],
  },
  {
    name: 'bytes that are no text',
    text: 'dn: a\njpegPhoto:: /9j/\n',
    entries: [{ dn: 'a', line: 1, values: { jpegphoto: [Buffer.from([0xff, 0xd8, 0xff])] } }],
  },
  {
    name: 'several values, empty ones, options',
    text: 'dn: a\nmail: x\ncn;lang-de: y\nmail: z\ntitle:\n',
    entries: [{ dn: 'a', line: 1, values: { mail: ['x', 'z'], 'cn;lang-de': ['y'], title: [''] } }],
  },
  {
    name: 'the trailer of ldapsearch',
    text: '# extended LDIF\n\ndn: a\n\n# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: 2\n',
    entries: [{ dn: 'a', line: 3, values: {} }],
  },
]

for (const { name, text, entries } of readable) {
  t.test(name, async t => t.strictSame(parse(text), entries))
}

const broken: { name: string; text: string | Buffer; says: RegExp }[] = [
  { name: 'no dn', text: 'uid: a\n', says: /line 1: an entry must begin with "dn:", not with "uid:"/ },
  { name: 'no attribute', text: 'dn: a\nhello\n', says: /line 2: no "attribute: value"/ },
  { name: 'a fold onto nothing', text: 'dn: a\n\n b\n', says: /line 3: no "attribute: value"/ },
  { name: 'two entries without a blank line', text: 'dn: a\ndn: b\n', says: /line 2: a second "dn:"/ },
  { name: 'changes', text: 'dn: a\nchangetype: modify\nadd: x\n', says: /line 2: this is a list of changes/ },
  {
    name: 'a delete',
    text: 'version: 1\ndn: a\nchangetype: delete\n',
    says: /line 3: this is a list of changes/,
  },
  {
    name: 'a file',
    text: 'dn: a\nphoto:< file:///etc/shadow\n',
    says: /line 2: values that are kept in other files/,
  },
  { name: 'base64', text: 'dn: a\ncn:: *\n', says: /line 2: no valid base64/ },
  { name: 'cut base64', text: 'dn: a\ncn:: w4\n', says: /line 2: no valid base64/ },
  {
    name: 'Latin-1',
    text: Buffer.from('dn: a\nsn: M\xfcller\n', 'latin1'),
    says: /line 2: the text is not UTF-8/,
  },
  { name: 'a DN in Latin-1', text: 'dn:: /A==\n', says: /line 1: the DN is not UTF-8/ },
  { name: 'another version', text: 'version: 2\n', says: /line 1: an entry must begin/ },
  {
    name: 'a search that was cut off',
    text: 'dn: a\n\nsearch: 2\nresult: 4 Size limit exceeded\n',
    says: /line 4: the search that made this file did not give everything/,
  },
]

for (const { name, text, says } of broken) {
  t.test(`refused: ${name}`, async t => {
    t.throws(() => parse(text), { code: 'directory.invalid', message: says })
    t.throws(() => parse(text), { message: /^cannot read \/people\.ldif: / })
  })
}

t.test('whatever is written folded and in base64 is read as it was', async t => {
  const texts = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.boolean()), { maxLength: 6 })
  fc.assert(
    fc.property(
      texts,
      fc.integer({ min: 1, max: 80 }),
      fc.constantFrom('\n', '\r\n'),
      (values, width, end) => {
        const lines = values.map(([value, encode]) =>
          encode || !isSafe(value) ? `cn:: ${Buffer.from(value).toString('base64')}` : `cn: ${value}`,
        )
        const file = ['dn: a', ...lines].map(line => fold(line, width, end)).join('')
        const [entry] = parse(Buffer.from(file, 'latin1'))
        t.strictSame(
          entry?.values.cn ?? [],
          values.map(([value]) => value),
        )
      },
    ),
  )
})

t.test('any bytes give entries or a TeamchatError', async t => {
  const pieces = fc.constantFrom(
    'dn: a',
    'dn:',
    '\n',
    '\r\n',
    ' ',
    'cn:: w4k=',
    'cn:',
    '#',
    ':',
    '::',
    '<',
    '-',
    '\xff',
    'search: 1',
  )
  const soup = fc.oneof(
    fc.array(pieces).map(all => Buffer.from(all.join(''), 'latin1')),
    fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
  )
  fc.assert(
    fc.property(soup, bytes => {
      try {
        parse(bytes)
      } catch (error) {
        t.ok(error instanceof TeamchatError, String(error))
      }
    }),
    { numRuns: 1000 },
  )
})

/** SAFE-STRING of RFC 2849. */
function isSafe(value: string): boolean {
  const start = value[0] ?? ''
  if (start === ' ' || start === ':' || start === '<') return false
  return [...value].every(char => char > '\0' && char !== '\n' && char !== '\r' && char <= '\x7f')
}

/** Folds by bytes, so that a character may be cut in two. The first line keeps its head. */
function fold(line: string, width: number, end: string): string {
  const bytes = Buffer.from(line).toString('latin1')
  const rest = bytes.slice(10).match(new RegExp(`[^]{1,${width}}`, 'g')) ?? []
  return [bytes.slice(0, 10), ...rest].join(`${end} `) + end
}
