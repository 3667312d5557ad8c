import nunjucks from 'nunjucks'
import { reasonOf, TeamchatError } from '../../errors.js'
import { isObject, type Json, JsonError, parseJson } from '../json/json.js'
import type { Fragment, Output } from '../outputs/outputs.js'
import { checkTemplateNames, type TemplateNames } from './names.js'

/** Names that templates may use, and their values. */
export type Variables = Readonly<Record<string, string | number | boolean>>

const environment = new nunjucks.Environment([], { autoescape: false, throwOnUndefined: true })
environment.addFilter('json', jsonText)
environment.addFilter('apache', apacheArgument)

const { filters, tests } = environment as unknown as { filters: object; tests: object }
/** What comes out must depend on the settings alone. */
const REFUSED_FILTERS = new Set(['random'])
const filterNames = new Set(Object.keys(filters).filter(name => !REFUSED_FILTERS.has(name)))
const testNames = new Set(Object.keys(tests))
const withheldSecrets = new Map([['dataSource', 'it is a secret, which only config.json holds']])

/** The text of a text output: its fragments, one after the other; secrets are withheld. Throws `template.invalid`. */
export function renderText(output: Output, variables: Variables): string {
  const open = withoutSecrets(variables)
  return output.fragments.map(fragment => renderFragment(output, fragment, open)).join('')
}

/** The variables that may stand in any file. */
export function withoutSecrets(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !withheldSecrets.has(name)))
}

/** The variables that the fragments of an output name. Problems are no matter here: rendering tells them. */
export function usedVariables(output: Output, variables: Variables): Set<string> {
  return new Set(output.fragments.flatMap(fragment => [...namesOf(fragment, variables, NONE).used]))
}

/** The value of a JSON output: its fragments' objects, a later one over an earlier. Throws `template.invalid`. */
export function renderJson(output: Output, variables: Variables): { [name: string]: Json } {
  return output.fragments.reduce<{ [name: string]: Json }>((all, fragment) => {
    const value = parseFragment(output, fragment, renderFragment(output, fragment, variables))
    return mergeObjects(all, value)
  }, {})
}

/** The leaves of a rendered object as paths and values; arrays are leaves, empty objects say nothing. */
export function leavesOf(value: Json, path: string[] = []): { path: string[]; value: Json }[] {
  if (!isObject(value)) return [{ path, value }]
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]))
}

/** A value as JSON. What JSON cannot hold is refused instead of left out: undefined, functions, numbers that are none. */
export function jsonText(value: unknown): string {
  const text = holdsOnlyJson(value, 0) ? JSON.stringify(value) : undefined
  if (text === undefined) throw new Error(`a value of type ${typeof value} cannot be written as JSON`)
  return text
}

/**
 * A text as one quoted argument of an Apache directive. What quotes cannot hold is refused, so that no value ends its
 * directive or reaches a variable: control characters, quotes, backslashes, `${` and `%{`; `<`, which no name or path
 * needs; halves of characters, which would be written as another one.
 */
export function apacheArgument(value: unknown): string {
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    throw new Error(
      `a value of type ${value === null ? 'null' : typeof value} cannot be an argument for Apache`,
    )
  }
  const text = String(value)
  if (/[\p{Cc}\p{Cs}"\\<>]|[$%]\{/u.test(text)) {
    throw new Error(`${JSON.stringify(text)} cannot be an argument of an Apache directive`)
  }
  return `"${text}"`
}

/** Deeper than any configuration; a value that holds itself ends here. */
const DEEPEST = 100

function holdsOnlyJson(value: unknown, depth: number): boolean {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth > DEEPEST) return false
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.values(value).every(inner => holdsOnlyJson(inner, depth + 1))
}

interface Prepared {
  template?: nunjucks.Template
  /** By which names were given and withheld, and of what type each is: a check looks at nothing else. */
  names: Map<string, TemplateNames>
}

/** What follows from a fragment alone, so that it need not be parsed at each change of the DB; it goes with the fragment. */
const preparations = new WeakMap<Fragment, Prepared>()
const NONE: ReadonlyMap<string, string> = new Map()

function preparedOf(fragment: Fragment): Prepared {
  const before = preparations.get(fragment)
  if (before !== undefined) return before
  const fresh: Prepared = { names: new Map() }
  preparations.set(fragment, fresh)
  return fresh
}

function templateOf(fragment: Fragment): nunjucks.Template {
  const prepared = preparedOf(fragment)
  prepared.template ??= new nunjucks.Template(fragment.text, environment, fragment.name, true)
  return prepared.template
}

function namesOf(
  fragment: Fragment,
  variables: Variables,
  withheld: ReadonlyMap<string, string>,
): TemplateNames {
  const { names } = preparedOf(fragment)
  const key = `${givenIn(variables)} ${[...withheld.keys()].join(' ')}`
  const before = names.get(key)
  if (before !== undefined) return before
  const found = checkTemplateNames(fragment.text, {
    variables,
    filters: filterNames,
    tests: testNames,
    withheld,
  })
  names.set(key, found)
  return found
}

/** Of variables that are used for fragment after fragment. */
const givens = new WeakMap<Variables, string>()

function givenIn(variables: Variables): string {
  const before = givens.get(variables)
  if (before !== undefined) return before
  const given = JSON.stringify(Object.entries(variables).map(([name, value]) => `${name} ${typeof value}`))
  givens.set(variables, given)
  return given
}

function checkNames(output: Output, fragment: Fragment, variables: Variables): void {
  const withheld = new Map([...withheldSecrets].filter(([name]) => !(name in variables)))
  const { problems } = namesOf(fragment, variables, withheld)
  if (problems.length === 0) return
  const lines = problems.map(({ line, message }) =>
    line === undefined ? message : `line ${line}: ${message}`,
  )
  throw invalid(output, fragment, [...new Set(lines)].join('; '))
}

function renderFragment(output: Output, fragment: Fragment, variables: Variables): string {
  checkNames(output, fragment, variables)
  try {
    return templateOf(fragment).render({ ...variables })
  } catch (cause) {
    // nunjucks: "Template render error: (NAME) [Line 3, Column 5]\n  reason", sometimes without the place.
    const words = reasonOf(cause)
    const line = /\[Line (\d+), Column \d+\]/.exec(words)?.[1]
    const reason = words
      .replace(/^.*?\[Line \d+, Column \d+\]\s*/, '')
      .replaceAll(/^(Template render error: |\([^)]*\) |Error: )+/g, '')
    throw invalid(output, fragment, line === undefined ? reason : `line ${line}: ${reason}`)
  }
}

function parseFragment(output: Output, fragment: Fragment, text: string): { [name: string]: Json } {
  try {
    const value = parseJson(text)
    if (!isObject(value)) throw new JsonError(1, 1, 'an object in braces expected')
    return value
  } catch (cause) {
    throw invalid(output, fragment, `what it renders is not JSON: ${reasonOf(cause)}`)
  }
}

function invalid(output: Output, fragment: Fragment, reason: string): TeamchatError {
  return new TeamchatError('template.invalid', `cannot render ${output.name}: ${fragment.name}: ${reason}`, {
    hint: `nothing was changed; correct ${fragment.path}`,
  })
}

function mergeObjects(
  one: { [name: string]: Json },
  other: { [name: string]: Json },
): { [name: string]: Json } {
  const merged = new Map(Object.entries(one))
  for (const [name, value] of Object.entries(other)) {
    const old = merged.get(name)
    merged.set(name, isObject(old) && isObject(value) ? mergeObjects(old, value) : value)
  }
  return Object.fromEntries(merged)
}
