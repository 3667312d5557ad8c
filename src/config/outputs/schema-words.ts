import type { z } from 'zod'

/** What is wrong with a value in a file that somebody has written, place by place, in plain words. */
export function schemaWords(error: z.ZodError, value: unknown): string {
  return error.issues.map(issue => issueWords(issue, value, [])).join('; ')
}

type Issue = z.core.$ZodIssue
type Place = readonly PropertyKey[]

function issueWords(issue: Issue, value: unknown, above: Place): string {
  const place = [...above, ...issue.path]
  const at = place.length === 0 ? '' : `${place.map(String).join('.')}: `
  const given = place.reduce<unknown>((inner, name) => (inner as Record<PropertyKey, unknown>)?.[name], value)
  if (issue.code === 'unrecognized_keys') return `${at}there is no member ${named(issue.keys)}`
  if (issue.code === 'invalid_key') return `${at}${issue.issues[0]?.message ?? issue.message}`
  if (given === undefined) return `${at}it is missing`
  if (issue.code === 'invalid_value') return `${at}it must be ${issue.values.map(quoted).join(' or ')}`
  if (issue.code === 'invalid_type') return `${at}it must be ${typeWords(issue.expected)}`
  if (issue.code === 'too_small') return `${at}it is empty`
  if (issue.code !== 'invalid_union') return `${at}${issue.message}`
  // What of the choices comes nearest: of the right type, and wrong further inside.
  const near = issue.errors.find(choice => choice.every(inner => !isWrongType(inner)))
  if (near !== undefined) return near.map(inner => issueWords(inner, value, place)).join('; ')
  const first = issue.errors.flat().map(inner => issueWords(inner, value, place).slice(at.length))
  return `${at}${[...new Set(first)].join(', or ')}`
}

/** Of the value itself, not of something in it. */
function isWrongType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')
}

function typeWords(expected: string): string {
  if (expected === 'string') return 'a text in quotes'
  if (expected === 'object') return 'an object in braces'
  if (expected === 'array') return 'a list in brackets'
  return expected === 'boolean' ? 'true or false' : `a ${expected}`
}

function named(names: readonly string[]): string {
  return names.map(quoted).join(', ')
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
