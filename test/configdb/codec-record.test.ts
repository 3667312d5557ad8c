import fc from 'fast-check'
import t from 'tap'
import {
  encodeRecord,
  escapeSeparators,
  parseRecord,
  sameRecord,
  storeNewlines,
  unescapeText,
  whyFieldIsRefused,
} from '../../src/configdb/codec/record.js'

t.test('taking records apart', async t => {
  const cases: { name: string; raw: string; type: string | undefined; properties: [string, string][] }[] = [
    { name: 'rule 9: just a type', raw: 'service', type: 'service', properties: [] },
    {
      name: 'rule 9: properties',
      raw: 't|a|1|b|2',
      type: 't',
      properties: [
        ['a', '1'],
        ['b', '2'],
      ],
    },
    { name: 'rule 9: an undefined value is empty', raw: 't|a', type: 't', properties: [['a', '']] },
    { name: 'rule 10: trailing empty fields are kept', raw: 't|a|', type: 't', properties: [['a', '']] },
    {
      name: 'rule 10: an escaped separator stays',
      raw: 't|a|x\\|y',
      type: 't',
      properties: [['a', 'x\\|y']],
    },
    {
      name: 'rule 10: a raw | shifts the fields',
      raw: 't|a|x|y|b|1',
      type: 't',
      properties: [
        ['a', 'x'],
        ['y', 'b'],
        ['1', ''],
      ],
    },
    {
      name: 'rule 10: the last of two equal names wins',
      raw: 't|a|1|a|2',
      type: 't',
      properties: [['a', '2']],
    },
    { name: 'rule 13: an empty value has the type ""', raw: '', type: '', properties: [] },
    { name: 'rule 13: |p|v has no type', raw: '|p|v', type: undefined, properties: [['p', 'v']] },
  ]
  for (const { name, raw, type, properties } of cases) {
    const record = parseRecord(raw)
    t.equal(record.type, type, name)
    t.strictSame([...record.properties], properties, name)
  }
})

t.test('putting records together', async t => {
  const record = (type: string | undefined, ...properties: [string, string][]) => ({
    type,
    properties: new Map(properties),
  })
  t.equal(
    encodeRecord(record('t', ['b', '1'], ['a', '2'], ['B', '3'])),
    't|B|3|a|2|b|1',
    'rule 9: sorted bytewise',
  )
  t.equal(encodeRecord(record('t')), 't', 'rule 9: no properties')
  t.equal(encodeRecord(record(undefined, ['p', 'v'])), '|p|v', 'rule 13: still without a type')
  t.equal(encodeRecord(record('t', ['a', 'x\ny'])), 't|a|x\\ny', 'rule 12: a newline is two characters')
  t.throws(() => encodeRecord(record('t', ['a', 'x|y'])), { code: 'db.value' }, 'rule 10: a raw |')
  t.throws(
    () => encodeRecord(record('t', ['a', 'x\\'], ['b', '1'])),
    { code: 'db.value' },
    'rule 10: a swallowed separator',
  )
  t.equal(
    encodeRecord(record('t', ['a', 'x\\'])),
    't|a|x\\',
    'rule 10: what stands at the end already may stay',
  )
})

t.test('rules 10 and 12: what a field can hold', async t => {
  for (const text of ['a|b', '|', 'a\\', 'a\\ ', 'a\\\\']) t.ok(whyFieldIsRefused(text), JSON.stringify(text))
  for (const text of ['', 'a', 'a\\|b', 'a\\b', ' x ', 'a\nb'])
    t.notOk(whyFieldIsRefused(text), JSON.stringify(text))
  t.equal(unescapeText('a\\|b\\nc'), 'a|b\nc', 'rule 11: programs see | and newline')
})

t.test('rule 17: equal is equal, whatever the order and the blanks outside', async t => {
  t.ok(sameRecord('t|b|1|a|2 ', 't|a|2|b|1'))
  t.notOk(sameRecord('t|a|1', 't|a|2'))
  t.notOk(sameRecord('t|a|1', 'u|a|1'))
  t.notOk(sameRecord('t|a|1', 't|a|1|b|'))
  t.notOk(sameRecord('', '|'), 'no type and an empty one differ')
})

t.test('what our writers accept is read back', async t => {
  const letter = fc.constantFrom('a', 'b', '|', '\\', '\n', '=', '#', ' ', 'ä', '0')
  const anyText = fc.array(letter, { maxLength: 8 }).map(parts => parts.join(''))
  // The two characters \n are the file's newline; a command that stores them says so.
  const value = anyText
    .map(text => escapeSeparators(text))
    .filter(text => !text.includes('\\n') && whyFieldIsRefused(text) === undefined)
  const name = anyText.filter(
    text => text !== '' && !text.includes('\\n') && whyFieldIsRefused(text) === undefined,
  )
  const type = fc.constantFrom('service', 'x y', 'configuration')
  fc.assert(
    fc.property(type, fc.array(fc.tuple(name, value), { maxLength: 5 }), (wanted, pairs) => {
      const properties = new Map(pairs)
      const back = parseRecord(encodeRecord({ type: wanted, properties }))
      if (back.type !== wanted || back.properties.size !== properties.size) throw new Error('shifted')
      for (const [key, text] of properties) {
        if (back.properties.get(storeNewlines(key)) !== storeNewlines(text)) throw new Error(key)
      }
    }),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(
      anyText.filter(text => !text.includes('\\')),
      text => {
        if (unescapeText(storeNewlines(escapeSeparators(text))) !== text) throw new Error(text)
      },
    ),
  )
  t.pass('all of it')
})
