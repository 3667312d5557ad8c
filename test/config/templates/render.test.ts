import fc from 'fast-check'
import t from 'tap'
import type { Output } from '../../../src/config/outputs/outputs.js'
import { apacheArgument, jsonText, renderJson, renderText } from '../../../src/config/templates/render.js'
import { sampleOutput } from '../../support/output.js'

t.test('fragments in name order; a later object over an earlier one', async t => {
  t.equal(renderText(sampleOutput('text', 'a {{ x }}\n', 'b <&"\n'), { x: '<&>' }), 'a <&>\nb <&"\n')
  t.same(
    renderJson(sampleOutput('json', '{"A": {"a": 1, "b": 2}}', '{"A": {"b": {{ x | json }}}, "B": []}'), {
      x: 'q"\n',
    }),
    {
      A: { a: 1, b: 'q"\n' },
      B: [],
    },
  )
})

t.test('errors name output, fragment and line, and never a value', async t => {
  const cases: [Output, RegExp][] = [
    [
      sampleOutput('text', 'fine\n', '\n\n{{ nobody }}'),
      /cannot render out: 10-x\.njk: line 3: there is no variable "nobody"/,
    ],
    [sampleOutput('text', '{% if x %}'), /out: 00-x\.njk: line 1: parseIf: /],
    [sampleOutput('json', '{"a": {{ nobody | json }}}'), /00-x\.njk: line 1/],
    [
      sampleOutput('json', '{"a": {{ secret }}}'),
      /00-x\.njk: what it renders is not JSON: line 1, character 7/,
    ],
    [sampleOutput('json', '[]'), /an object in braces expected/],
    [sampleOutput('text', '{{ nobody | apache }}'), /no variable/],
    [sampleOutput('text', '{{ dataSource }}'), /dataSource cannot be used: it is a secret/],
    [sampleOutput('text', '{{ [1, 2] | random }}'), /no filter "random"/],
    [sampleOutput('text', '{{ (x + "\\n") | apache }}'), /cannot be an argument of an Apache directive/],
  ]
  for (const [what, says] of cases) {
    try {
      if (what.definition.format === 'json')
        renderJson(what, { secret: 's3cret', dataSource: 's3cret', x: '' })
      else renderText(what, { secret: 's3cret', dataSource: 's3cret', x: '' })
      t.fail('rendered')
    } catch (error) {
      t.match(error, { code: 'template.invalid', message: says, hint: /\/t\// })
      t.notMatch(String(error), /s3cret/)
    }
  }
})

t.test('an argument for Apache', async t => {
  t.equal(apacheArgument('/srv/with blank/ü'), '"/srv/with blank/ü"')
  for (const bad of ['a"', 'a\nb', 'a\\', `$${'{HOME}'}`, '<x', 'x>', 'a\u0000', undefined]) {
    t.throws(() => apacheArgument(bad))
  }
})

/** How Apache splits off a quoted word (ap_getword_conf): to the next quote, backslashes taken off. */
function apacheWord(line: string): { word: string; rest: string } {
  let word = ''
  let at = 1
  while (at < line.length && line[at] !== '"') {
    if (line[at] === '\\' && (line[at + 1] === '"' || line[at + 1] === '\\')) at += 1
    word += line[at]
    at += 1
  }
  return { word, rest: line.slice(at + 1) }
}

t.test('an argument for Apache: whatever is accepted is read back as itself, on one line', async t => {
  let accepted = 0
  const nasty = fc.string({ unit: fc.oneof(fc.constantFrom(...'"\\\n\r\t\0<>$%{}\' a'), fc.string()) })
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.webUrl()), text => {
      let argument: string
      try {
        argument = apacheArgument(text)
      } catch {
        return true
      }
      accepted += 1
      const { word, rest } = apacheWord(argument)
      const bytes = Buffer.from(argument, 'utf8').toString('utf8')
      return word === text && rest === '' && bytes === argument && !/[\r\n\0]|[$%]\{/.test(argument)
    }),
    { numRuns: 500 },
  )
  t.ok(accepted > 50, `${accepted} were accepted`)
})

t.test('json: what is accepted is read back as itself; what JSON cannot hold is refused', async t => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      t.same(JSON.parse(jsonText(value)), JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 200 },
  )
  const loop: unknown[] = []
  loop.push(loop)
  const bad = [undefined, () => 1, Number.NaN, Number.POSITIVE_INFINITY, 1n, Symbol('x'), new Map(), loop]
  for (const value of [...bad, [undefined], { a: Number.NaN }]) t.throws(() => jsonText(value))
})
