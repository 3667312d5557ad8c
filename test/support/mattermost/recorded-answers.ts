import type { Step } from './scenarios.js'

/** Values that earlier answers gave: by name, and the names of those that are strings. */
export interface Saved {
  values: Record<string, unknown>
  names: Record<string, string>
}

/** Members that differ from one answer to the next and mean nothing. */
const PASSING = ['request_id', 'detailed_error']

/** The member that a dotted path names; the whole for an empty one. */
export function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value
  let current = value
  for (const name of path.split('.'))
    current = (current as Record<string, unknown> | null | undefined)?.[name]
  return current
}

/** `value` with saved values in the place of `$name`; `$spread` puts the members of a saved object in. */
export function fill(value: unknown, values: Record<string, unknown>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$(\w+)/g, (all, name: string) => (name in values ? String(values[name]) : all))
  }
  if (Array.isArray(value)) return value.map(item => fill(item, values))
  if (typeof value !== 'object' || value === null) return value
  const { $spread, ...rest } = value as Record<string, unknown>
  const spread = typeof $spread === 'string' ? (values[$spread.slice(1)] as object) : {}
  return {
    ...spread,
    ...Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, fill(item, values)])),
  }
}

/** `value` with ids, tokens and times by their form (`<id>`, `<ms>`), and saved ids by their name. */
export function normal(value: unknown, names: Record<string, string>): unknown {
  if (typeof value === 'string') {
    if (names[value] !== undefined) return `<${names[value]}>`
    return /^[a-z0-9]{26}$/.test(value) && !/^a+$/.test(value) ? '<id>' : value
  }
  if (typeof value === 'number') return Math.abs(value) > 1e12 ? '<ms>' : value
  if (Array.isArray(value)) return value.map(item => normal(item, names))
  if (typeof value !== 'object' || value === null) return value
  const isError = 'status_code' in value
  const kept = Object.entries(value).filter(
    ([key]) => !PASSING.includes(key) && !(isError && key === 'message'),
  )
  return Object.fromEntries(kept.map(([key, item]) => [key, normal(item, names)]))
}

/** The part of an answer that its recording holds. */
export function shortened(answer: unknown, { pick, count, unordered }: Step): unknown {
  if (count) return { count: Array.isArray(answer) ? answer.length : undefined }
  if (pick === undefined) return answer
  const { id, status_code } = answer as { id?: unknown; status_code?: unknown }
  if (status_code !== undefined) return { id, status_code }
  if (!Array.isArray(answer))
    return Object.fromEntries(pick.split(' ').map(name => [name, valueAt(answer, name)]))
  const column = answer.map(row => valueAt(row, pick))
  return unordered ? column.sort() : column
}

/** Where `have` lacks or differs from a member of `want`; further members of `have` are let pass. */
export function differences(want: unknown, have: unknown, path = ''): string[] {
  const said = () => [`${path}: want ${JSON.stringify(want)}, have ${JSON.stringify(have)}`]
  if (Array.isArray(want)) {
    if (!Array.isArray(have) || have.length !== want.length) return said()
    return want.flatMap((item, index) => differences(item, have[index], `${path}[${index}]`))
  }
  if (typeof want !== 'object' || want === null) return want === have ? [] : said()
  if (typeof have !== 'object' || have === null) return said()
  const found = have as Record<string, unknown>
  return Object.entries(want).flatMap(([key, item]) => differences(item, found[key], `${path}.${key}`))
}
