import fc from 'fast-check'
import t from 'tap'
import { checkTemplateNames } from '../../../src/config/templates/names.js'
import { renderText } from '../../../src/config/templates/render.js'
import { sampleOutput } from '../../support/output.js'

const given = {
  variables: { host: 'chat', port: 8065, yes: true, list: ['a'], tree: { leaf: 'x', deep: { end: 1 } } },
  filters: new Set(['json', 'upper', 'replace', 'default', 'join']),
  tests: new Set(['defined', 'undefined', 'string']),
  withheld: new Map([['secret', 'it is one']]),
}

function problems(source: string): string[] {
  return checkTemplateNames(source, given).problems.map(({ line, message }) => `${line}: ${message}`)
}

t.test('names that are given, set, looped over, or arguments', async t => {
  const cases = [
    '',
    '{# typo #}{% raw %}{{ typo }}{% endraw %}',
    '{{ host }}{{ port + 1 }}{{ tree.leaf }}{{ tree["deep"].end }}{{ host.length }}{{ host.toUpperCase() }}{{ list.length }}',
    '{{ host | upper | replace("c", host) }}{{ [host, port] | join(",") }}{{ {a: host}.a }}',
    '{% set x = host %}{{ x }}{% set y %}{{ x }}{% endset %}{{ y }}',
    '{% set x, y = 1 %}{{ x }}{{ y }}',
    '{% if yes %}{% set x = 1 %}{% else %}{% set x = "a" %}{% endif %}{{ x }}',
    '{% for x in list %}{{ x }}{{ loop.index }}{{ loop.last }}{% else %}{{ host }}{% endfor %}',
    '{% for name, value in tree %}{{ name }}{{ value | json }}{% endfor %}',
    '{% for x in [{a: 1}, {a: 2, b: 3}] %}{{ x.a }}{% endfor %}',
    '{% macro f(a, b=port) %}{{ a }}{{ b }}{{ host }}{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}{{ f(a=1) }}',
    '{% macro f(a) %}{{ caller() }}{% endmacro %}{% call f(1) %}{{ host }}{% endcall %}',
    '{% for x in range(3) %}{{ x }}{% endfor %}{% set c = cycler("a", "b") %}{{ c.next() }}',
    '{% filter upper %}{{ host }}{% endfilter %}',
    '{% switch port %}{% case 1 %}{{ host }}{% default %}{{ port }}{% endswitch %}',
    '{{ host if yes }}{{ host if port == 1 else port }}{{ "a" in host }}{{ not yes }}{{ host is string }}{{ -port }}',
    // Optional names.
    '{% if other is defined %}{{ other }}{{ other.member }}{% endif %}',
    '{% if other is undefined %}none{% else %}{{ other }}{% endif %}',
    '{% if not (other is not defined) %}{{ other }}{% endif %}',
    '{% if yes and other is defined and other.a == 1 %}{{ other.b }}{% endif %}',
    '{% if other is undefined or other %}x{% endif %}',
    '{{ other if other is defined else host }}',
    '{% if tree.more is defined %}{{ tree.more.x }}{% endif %}',
  ]
  for (const source of cases) t.same(problems(source), [], source)
})

t.test('what is not given is told with its line, wherever it stands', async t => {
  const cases: [string, RegExp][] = [
    ['a\n{{ typo }}', /^2: there is no variable "typo"$/],
    ['\n{% if typo %}{% endif %}', /^2: there is no variable "typo"/],
    ['{% if yes %}{% elif typo %}{% endif %}', /"typo"/],
    ['{% for x in typo %}{% endfor %}', /"typo"/],
    ['{{ "a" ~ typo }}', /"typo"/],
    ['{{ typo.member }}', /"typo"/],
    ['{{ typo | default("x") }}', /"typo"/],
    ['{{ host | replace("a", typo) }}', /"typo"/],
    ['{{ host.replace("a", typo) }}', /"typo"/],
    ['{{ [1, typo] | join }}{{ {a: host} | json }}', /"typo"/],
    ['{{ {a: typo} | json }}', /"typo"/],
    ['{{ host if typo }}', /"typo"/],
    ['{{ host == typo }}{{ 1 in list }}', /"typo"/],
    ['{{ list[typo] }}', /"typo"/],
    ['{% set x = typo %}', /"typo"/],
    ['{% set x %}{{ typo }}{% endset %}', /"typo"/],
    ['{% filter upper %}{{ typo }}{% endfilter %}', /"typo"/],
    ['{% switch typo %}{% case 1 %}{% endswitch %}', /"typo"/],
    ['{% switch port %}{% case typo %}{% default %}{% endswitch %}', /"typo"/],
    ['{% macro f() %}{{ typo }}{% endmacro %}', /"typo"/],
    ['{% macro f(a=typo) %}{% endmacro %}', /"typo"/],
    ['{{ host is divisibleby(typo) }}', /"typo"|divisibleby/],
    // Scopes.
    ['{{ x }}{% set x = 1 %}', /"x"/],
    ['{% if yes %}{% set x = 1 %}{% endif %}{{ x }}', /"x"/],
    ['{% for x in list %}{% set y = 1 %}{% endfor %}{{ y }}', /"y"/],
    ['{% for x in list %}{% endfor %}{{ x }}', /"x"/],
    ['{% for x in list %}{% else %}{{ x }}{% endfor %}', /"x"/],
    ['{{ loop.index }}', /"loop"/],
    ['{% for x in list %}{% macro f() %}{{ x }}{% endmacro %}{% endfor %}', /"x"/],
    ['{% macro f(a) %}{{ a }}{% endmacro %}{{ f() }}', /without its argument "a"/],
    ['{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, b=2) }}', /no argument "b"/],
    ['{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}', /too many/],
    ['{% if other is defined %}{% endif %}{{ other }}', /"other"/],
    ['{% if other is defined %}{% else %}{{ other }}{% endif %}', /"other"/],
    ['{% if other is defined or yes %}{{ other }}{% endif %}', /"other"/],
    ['{% if other is string %}{{ other }}{% endif %}', /"other"/],
    // Members.
    ['{{ host.typo }}', /host has no member "typo"/],
    ['{{ port.length }}', /port has no member "length"/],
    ['{{ tree.typo }}', /tree has no member "typo"/],
    ['{% if tree.deep.typo %}{% endif %}', /tree\.deep has no member "typo"/],
    ['{% for x in [{a: 1}, {b: 2}] %}{{ x.a }}{% endfor %}', /x has no member "a"/],
    ['{{ tree[host] }}', /chosen while rendering/],
    ['{{ host.split("a").x }}', /computed/],
    ['{% set x = {a: 1} %}{% for y in list %}{{ x.a }}{% set x = 1 %}{% endfor %}', /computed/],
    ['{% set x = {a: 1} %}{% macro f() %}{{ x.a }}{% endmacro %}{% set x = 1 %}{{ f() }}', /computed/],
    ['{{ host.constructor }}', /no member "constructor"/],
    ['{{ tree.__proto__ }}', /no member "__proto__"/],
    // What every JavaScript object has is no variable.
    ['{{ constructor }}', /"constructor"/],
    ['{{ toString }}', /"toString"/],
    // Filters, tests, constructs.
    ['{{ host | typo }}', /no filter "typo"/],
    ['{{ host | toString }}', /no filter "toString"/],
    ['{{ host is typo }}', /no test "typo"/],
    ['{{ host() }}', /host cannot be called/],
    ['{% include "x" %}', /include cannot be used/],
    ['{% import "x" as y %}', /import cannot be used/],
    ['{% extends "x" %}', /extends cannot be used/],
    ['{% block x %}{% endblock %}', /block cannot be used/],
    ['{{ secret }}', /secret cannot be used: it is one/],
    ['\n{{ host[1:2] }}', /^2: /],
    ['\n{% if yes %}\n', /^2: .*endif/],
    ['\n\n{% typo %}', /^3: unknown block tag: typo/],
  ]
  for (const [source, says] of cases) t.match(problems(source), [says], source)
})

t.test('every problem is told, and what is used', async t => {
  const { problems, used } = checkTemplateNames(
    '{{ one }}\n{{ host }}\n{{ two }}{% if port %}{% endif %}',
    given,
  )
  t.same(
    problems.map(({ line }) => line),
    [1, 3],
  )
  t.same([...used].sort(), ['host', 'port'])
})

/** A template with `@` in place of each name; `own`: what queues around the place bring. */
const expression: fc.Arbitrary<string> = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant('@'),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} ~ ${b})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `(${a} if ${b} else ${c})`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} == ${b} or not ${b} and ${a})`),
    tie('any').map(a => `([${a}, "x"] | join(",") | upper)`),
    tie('any').map(a => `(${a} | replace("x", ${a} ~ ""))`),
    tie('any').map(a => `({ key: ${a} }).key`),
  ),
})).any
const body: fc.Arbitrary<string> = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    expression.map(e => `{{ ${e} }}\n`),
    fc.constant('text %} { } \n'),
    fc
      .tuple(expression, tie('any'), tie('any'))
      .map(([e, a, b]) => `{% if ${e} %}${a}{% else %}${b}{% endif %}`),
    fc
      .tuple(expression, tie('any'))
      .map(([e, a]) => `{% for each in [${e}] %}${a}{{ each }}{{ loop.index }}{% endfor %}`),
    fc.tuple(expression, tie('any')).map(([e, a]) => `{% set own = ${e} %}${a}{{ own }}`),
    fc
      .tuple(expression, tie('any'))
      .map(([e, a]) => `{% macro m(x, y=${e}) %}${a}{{ x }}{{ y }}{% endmacro %}{{ m(1) }}`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `${a}${b}`),
  ),
})).any
const names = fc.constantFrom('host', 'port', 'yes')

function render(text: string): string {
  return renderText(sampleOutput('text', text), { host: 'chat', port: 8065, yes: true })
}

t.test('made of known names: never refused, and it renders', async t => {
  fc.assert(
    fc.property(body, fc.infiniteStream(names), (skeleton, stream) => {
      const source = skeleton.replaceAll('@', () => stream.next().value ?? 'host')
      return problems(source).length === 0 && typeof render(source) === 'string'
    }),
    { numRuns: 200 },
  )
  t.pass('held')
})

t.test('one unknown name anywhere: always refused', async t => {
  fc.assert(
    fc.property(body, fc.nat(), names, (skeleton, where, name) => {
      const places = skeleton.split('@').length - 1
      fc.pre(places > 0)
      let at = 0
      const source = skeleton.replaceAll('@', () => (at++ === where % places ? 'typo' : name))
      return problems(source).length > 0
    }),
    { numRuns: 200 },
  )
  t.pass('held')
})
