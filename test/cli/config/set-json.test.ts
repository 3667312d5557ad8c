import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { openConfig } from './open-config.js'

const sample = 'mattermost=service|VirtualHost|a.b|status|enabled\nz=service|a|1|b|2\n'

function recordsIn(path: string): string[] {
  return readFileSync(path, 'latin1')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

const cases: { name: string; json: string; want: string; options?: string[]; stderr?: RegExp }[] = [
  {
    name: 'one record, replaced whole',
    json: '{"name":"z","type":"t","props":{"c":"3","B":"4"}}',
    want: 'z=t|B|4|c|3',
  },
  { name: 'without props', json: '{"name":"z","type":"t"}', want: 'z=t' },
  { name: 'with props null', json: '{"name":"z","type":"t","props":null}', want: 'z=t' },
  {
    name: 'scalars',
    json: '{"name":"z","type":1,"props":{"a":true,"b":false,"c":null,"d":-1.50,"e":1e3,"f":""}}',
    want: 'z=1|a|1|b|0|c||d|-1.5|e|1000|f|',
  },
  { name: 'rule 13: an empty type', json: '{"name":"z","type":null}', want: 'z=' },
  { name: 'rule 12: a newline', json: '{"name":"z","type":"t","props":{"a":"x\\ny"}}', want: 'z=t|a|x\\ny' },
  {
    name: 'rule 12: the two characters are told',
    json: '{"name":"z","type":"t","props":{"a":"x\\\\ny"}}',
    want: 'z=t|a|x\\ny',
    stderr: /read back as a newline/,
  },
  { name: 'rule 7: UTF-8', json: latin1('{"name":"z","type":"ä"}'), want: 'z=\xc3\xa4' },
  {
    name: 'rule 10: what is escaped already',
    json: '{"name":"z","type":"t","props":{"a":"x\\\\|y"}}',
    want: 'z=t|a|x\\|y',
  },
  {
    name: 'rule 10: --escape',
    json: '{"name":"z","type":"t","props":{"a":"x|y"}}',
    want: 'z=t|a|x\\|y',
    options: ['--escape'],
  },
  {
    name: 'an array, the last of two counts',
    json: '[{"name":"z","type":"x"},{"name":"z","type":"y"}]',
    want: 'z=y',
  },
  {
    name: 'a property of every object',
    json: '{"name":"z","type":"t","props":{"__proto__":"1","constructor":"2"}}',
    want: 'z=t|__proto__|1|constructor|2',
  },
]

t.test('what setjson writes', async t => {
  for (const { name, json, want, options = [], stderr } of cases) {
    for (const way of ['standard input', 'argument']) {
      const config = openConfig(t, sample)
      const argument = Buffer.from(json, 'latin1').toString('utf8')
      const result = await config.run(
        ['setjson', ...options, way === 'argument' ? argument : '-'],
        way === 'argument' ? '' : `${json}\n`,
      )
      t.equal(result.status, 0, `${name}: ${result.stderr}`)
      if (stderr === undefined) t.equal(result.stderr, '', name)
      else t.match(result.stderr, stderr, name)
      t.strictSame(recordsIn(config.path), [sample.split('\n')[0], want], `${name}, ${way}`)
    }
  }
})

t.test('an array is one write, an empty or equal one none', async t => {
  const config = openConfig(t, sample)
  const two = '[{"name":"n1","type":"t"},{"name":"n2","type":"t","props":{"a":"1"}}]'
  t.equal((await config.run(['setjson', two])).status, 0)
  t.strictSame(recordsIn(config.path).slice(1), ['n1=t', 'n2=t|a|1', 'z=service|a|1|b|2'])
  const before = readFileSync(config.path)
  for (const json of ['[]', two]) t.equal((await config.run(['setjson', json])).status, 0)
  t.strictSame(readFileSync(config.path), before)
})

const refused: { name: string; json: string; status: number; reason: RegExp }[] = [
  { name: 'not JSON', json: '{"name":"geheim', status: 64, reason: /not valid JSON/ },
  { name: 'not JSON, with its place', json: '{"name": geheim}', status: 64, reason: /not valid JSON/ },
  { name: 'a text', json: '"geheim"', status: 64, reason: /not an object/ },
  {
    name: 'in an array',
    json: '[{"name":"z","type":"t"},7]',
    status: 64,
    reason: /record 2 .* not an object/,
  },
  { name: 'no name', json: '{"type":"t"}', status: 64, reason: /no name/ },
  { name: 'no type', json: '{"name":"z"}', status: 64, reason: /no type/ },
  {
    name: 'a misspelt member',
    json: '{"name":"z","type":"t","prop":{"a":"geheim"}}',
    status: 64,
    reason: /other than/,
  },
  {
    name: 'props as an array',
    json: '{"name":"z","type":"t","props":["geheim"]}',
    status: 64,
    reason: /props/,
  },
  {
    name: 'a value that is an object',
    json: '{"name":"z","type":"t","props":{"a":{"b":"geheim"}}}',
    status: 64,
    reason: /value of a .*object/,
  },
  {
    name: 'a number that loses digits',
    json: '{"name":"z","type":"t","props":{"a":12345678901234567890}}',
    status: 64,
    reason: /quotes/,
  },
  {
    name: 'rule 10: a raw |',
    json: '{"name":"z","type":"t","props":{"a":"geheim|y"}}',
    status: 1,
    reason: /raw/,
  },
  { name: 'rule 10: a raw | in the type', json: '{"name":"z","type":"t|a|b"}', status: 1, reason: /raw/ },
  {
    name: 'rule 10: a value ending in \\',
    json: '{"name":"z","type":"t","props":{"a":"geheim\\\\"}}',
    status: 1,
    reason: /backslash/,
  },
  { name: 'rule 6: a key with =', json: '{"name":"a=b","type":"t"}', status: 1, reason: /"="/ },
  {
    name: 'rule 12: a key with a newline',
    json: '{"name":"a\\nb","type":"t"}',
    status: 1,
    reason: /newline/,
  },
  {
    name: 'rule 13: properties without a type',
    json: '{"name":"z","type":"","props":{"a":"1"}}',
    status: 1,
    reason: /need a type/,
  },
  { name: 'rule 7: not UTF-8', json: '{"name":"z","type":"\xff"}', status: 1, reason: /UTF-8/ },
  {
    name: 'rule 7: what printjson could not show',
    json: latin1('{"name":"z","type":"t","props":{"a":"\uFFFD"}}'),
    status: 1,
    reason: /U\+FFFD/,
  },
  {
    name: 'half of a character, which would be stored as another one',
    json: '{"name":"z","type":"t","props":{"a":"\\ud83d"}}',
    status: 1,
    reason: /half of a character/,
  },
  {
    name: 'a known property’s wrong value, behind a good record',
    json: '[{"name":"z","type":"t"},{"name":"mattermost","type":"service","props":{"status":"on"}}]',
    status: 78,
    reason: /mattermost.status/,
  },
]

t.test('what is refused leaves the DB untouched, and no secret in the message', async t => {
  for (const { name, json, status, reason } of refused) {
    const config = openConfig(t, sample)
    const result = await config.run(['setjson', '-'], json)
    t.equal(result.status, status, `${name}: ${result.stderr}`)
    t.match(result.stderr, reason, name)
    t.notMatch(result.stderr, /geheim/, name)
    t.equal(readFileSync(config.path, 'latin1'), sample, name)
  }
})

t.test('what printjson prints, setjson takes: the DB is the same afterwards', async t => {
  const letter = fc.constantFrom('a', 'b', '|', '\\', '\n', ' ', '=', '#', 'ä', '"', '0', '\u0001', '😀')
  const text = fc.array(letter, { maxLength: 6 }).map(parts => parts.join(''))
  // The two characters \n are the file's newline, and blanks around a record are lost: rules 6 and 12.
  const value = text
    .map(one => one.trim())
    .filter(one => !/\\n|\\$/.test(one) && !/(?<!\\)\|/.test(one))
    .filter(one => !one.replaceAll('\n', '\\n').endsWith('\\'))
  const record = fc.record(
    {
      name: fc.constantFrom('one', 'two', 'three ä', '0', 'a|b'),
      type: value.filter(one => one !== ''),
      props: fc.dictionary(
        value.filter(one => one !== ''),
        value,
        { minKeys: 1, maxKeys: 4, noNullPrototype: true },
      ),
    },
    { noNullPrototype: true },
  )
  const config = openConfig(t, '')
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(record, { selector: one => one.name, maxLength: 3 }), async records => {
      const name = `db${Math.abs(hash(JSON.stringify(records)))}`
      const set = await config.db([name, 'setjson', '-'], latin1(JSON.stringify(records)))
      if (set.status !== 0) throw new Error(set.stderr)
      const printed = await config.db([name, 'printjson'])
      const back = JSON.parse(Buffer.from(printed.stdout, 'latin1').toString('utf8'))
      t.strictSame(byName(back), byName(records))
      const copy = await config.db([`${name}-copy`, 'setjson', '-'], printed.stdout)
      t.equal(copy.status, 0, copy.stderr)
      for (const command of ['print', 'showjson']) {
        t.equal(
          (await config.db([`${name}-copy`, command])).stdout,
          (await config.db([name, command])).stdout,
          command,
        )
      }
    }),
    { numRuns: 40 },
  )
})

function byName(records: { name: string }[]): { name: string }[] {
  return [...records].sort((one, other) => (one.name < other.name ? -1 : 1))
}

function hash(text: string): number {
  let value = 7
  for (const character of text) value = (value * 31 + (character.codePointAt(0) ?? 0)) | 0
  return value
}
