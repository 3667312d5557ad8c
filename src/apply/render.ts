import nunjucks from 'nunjucks'
import { reasonOf, TeamchatError } from '../errors.js'
import { isObject, type Json, JsonError, parseJson } from './json.js'
import type { Fragment, Output } from './outputs.js'

/** Names that templates may use, and their values. */
export type Variables = Readonly<Record<string, string | number | boolean>>

const environment = new nunjucks.Environment([], { autoescape: false, throwOnUndefined: true })
environment.addFilter('json', (value: unknown) => JSON.stringify(value))
environment.addFilter('apache', apacheArgument)

/** The text of a text output: its fragments, one after the other. Throws `template.invalid`. */
export function renderText(output: Output, variables: Variables): string {
  return output.fragments.map(fragment => renderFragment(output, fragment, variables)).join('')
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

/**
 * A text as one quoted argument of an Apache directive. What quotes cannot hold is refused, so that no value ends its
 * directive or reaches a variable: control characters, quotes, backslashes, `${`; and `<`, which no name or path needs.
 */
export function apacheArgument(value: unknown): string {
  if (value === undefined || value === null) throw new Error('a value for Apache is undefined')
  const text = String(value)
  if (/[\p{Cc}"\\<>]|\$\{/u.test(text)) {
    throw new Error(`${JSON.stringify(text)} cannot be an argument of an Apache directive`)
  }
  return `"${text}"`
}

function renderFragment(output: Output, fragment: Fragment, variables: Variables): string {
  try {
    return new nunjucks.Template(fragment.text, environment, fragment.name, true).render({ ...variables })
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
    const { value } = parseJson(text)
    if (!isObject(value)) throw new JsonError(1, 1, 'an object in braces expected')
    return value
  } catch (cause) {
    throw invalid(output, fragment, `what it renders is no JSON: ${reasonOf(cause)}`)
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
