import t from 'tap'
import type { Output } from '../../src/apply/outputs.js'
import { apacheArgument, renderJson, renderText } from '../../src/apply/render.js'

function output(format: 'json' | 'text', ...texts: string[]): Output {
  const fragments = texts.map((text, index) => ({
    name: `${index}0-x.njk`,
    path: `/t/${index}0-x.njk`,
    text,
  }))
  const definition = {
    format,
    place: 'mattermost-config',
    mode: '0600',
    owner: 'root',
    check: 'json',
    description: '',
  } as const
  return { name: 'out', definition, fragments }
}

t.test('fragments in name order; a later object over an earlier one', async t => {
  t.equal(renderText(output('text', 'a {{ x }}\n', 'b <&"\n'), { x: '<&>' }), 'a <&>\nb <&"\n')
  t.same(
    renderJson(output('json', '{"A": {"a": 1, "b": 2}}', '{"A": {"b": {{ x | json }}}, "B": []}'), {
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
      output('text', 'fine\n', '\n\n{{ nobody }}'),
      /cannot render out: 10-x\.njk: line 3: attempted to output null or undefined/,
    ],
    [output('text', '{% if x %}'), /out: 00-x\.njk: parseIf: /],
    [output('json', '{"a": {{ nobody | json }}}'), /00-x\.njk: line 1/],
    [output('json', '{"a": {{ secret }}}'), /00-x\.njk: what it renders is no JSON: line 1, character 7/],
    [output('json', '[]'), /an object in braces expected/],
    [output('text', '{{ nobody | apache }}'), /undefined/],
  ]
  for (const [what, says] of cases) {
    try {
      if (what.definition.format === 'json') renderJson(what, { secret: 's3cret', x: '' })
      else renderText(what, { secret: 's3cret', x: '' })
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
