import { isUtf8 } from 'node:buffer'

/**
 * A search filter of LDAP (RFC 4515), taken apart. A value that is no UTF-8 text, such as a GUID, is `binary` and in
 * hex; it can only be compared for equality.
 */
export type LdapFilter =
  | { kind: 'and' | 'or'; parts: LdapFilter[] }
  | { kind: 'not'; part: LdapFilter }
  | { kind: 'present'; attribute: string }
  | { kind: 'equal'; attribute: string; value: string; binary: boolean }
  | { kind: 'approximate' | 'at-least' | 'at-most'; attribute: string; value: string }
  | { kind: 'substrings'; attribute: string; initial: string; any: string[]; final: string }
  | { kind: 'extensible'; attribute: string; rule: string; dn: boolean; value: string }

/** A person's filter is a line; deeper nesting is a mistake, and would exhaust the stack. */
const DEEPEST = 50

const ATTRIBUTE = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)(?:;[A-Za-z0-9-]+)*$/

/** What stands in the filter, or in `wrong` why it cannot be one, in words that follow "…: ". Outer blanks do not count. */
export function parseLdapFilter(text: string): { filter: LdapFilter } | { wrong: string } {
  try {
    const trimmed = text.trim()
    const { filter, end } = readFilter(trimmed, 0, 0)
    if (end !== trimmed.length)
      throw new NoFilter(`behind its last ")" there is more: ${shown(trimmed, end)}`)
    return { filter }
  } catch (error) {
    if (error instanceof NoFilter) return { wrong: error.message }
    throw error
  }
}

class NoFilter extends Error {}

interface Read {
  filter: LdapFilter
  end: number
}

function readFilter(text: string, at: number, depth: number): Read {
  if (depth > DEEPEST) throw new NoFilter(`it is nested more than ${DEEPEST} deep`)
  if (text[at] !== '(') throw new NoFilter(`a "(" is missing at ${shown(text, at)}`)
  const operator = text[at + 1]
  if (operator === '&' || operator === '|') return readSet(text, at, depth, operator === '&' ? 'and' : 'or')
  if (operator === '!') {
    const { filter, end } = readFilter(text, at + 2, depth + 1)
    return { filter: { kind: 'not', part: filter }, end: closed(text, end) }
  }
  const end = text.indexOf(')', at)
  if (end < 0) throw new NoFilter(`the ")" of ${shown(text, at)} is missing`)
  return { filter: readClause(text.slice(at + 1, end)), end: end + 1 }
}

function readSet(text: string, start: number, depth: number, kind: 'and' | 'or'): Read {
  const parts: LdapFilter[] = []
  let at = start + 2
  while (text[at] === '(') {
    const { filter, end } = readFilter(text, at, depth + 1)
    parts.push(filter)
    at = end
  }
  const end = closed(text, at)
  if (parts.length === 0) throw new NoFilter(`there is nothing in ${shown(text, start)}`)
  return { filter: { kind, parts }, end }
}

function closed(text: string, at: number): number {
  if (text[at] === ')') return at + 1
  throw new NoFilter(
    at >= text.length ? 'a ")" is missing at its end' : `a ")" is missing at ${shown(text, at)}`,
  )
}

function readClause(clause: string): LdapFilter {
  const equals = clause.indexOf('=')
  const left = clause.slice(0, Math.max(equals, 0))
  if (equals < 0 || left === '') throw new NoFilter(`(${clause}) is not a comparison such as (department=IT)`)
  const value = clause.slice(equals + 1)
  if (value.includes('(')) throw new NoFilter(`a "(" within a value is written \\28: (${clause})`)
  if (left.endsWith(':')) return readExtensible(clause, left.slice(0, -1), value)
  const sign = left.at(-1) ?? ''
  const kind = sign === '~' ? 'approximate' : sign === '>' ? 'at-least' : sign === '<' ? 'at-most' : undefined
  if (kind !== undefined) {
    return { kind, attribute: checked(left.slice(0, -1), clause), value: textOf(value, clause) }
  }
  const attribute = checked(left, clause)
  if (value === '*') return { kind: 'present', attribute }
  if (value.includes('*')) {
    const [initial = '', ...rest] = value.split('*').map(part => textOf(part, clause))
    const final = rest.pop() ?? ''
    return { kind: 'substrings', attribute, initial, any: rest.filter(part => part !== ''), final }
  }
  const bytes = bytesOf(value, clause)
  const binary = !isUtf8(bytes)
  return { kind: 'equal', attribute, value: bytes.toString(binary ? 'hex' : 'utf8'), binary }
}

/** `(memberOf:1.2.840.113556.1.4.1941:=…)`, `(ou:dn:=…)`; `left` is what stands before the `:=`. */
function readExtensible(clause: string, left: string, value: string): LdapFilter {
  const [name = '', ...words] = left.split(':')
  const dn = words[0]?.toLowerCase() === 'dn'
  const [rule = '', ...more] = dn ? words.slice(1) : words
  if (more.length > 0 || (rule !== '' && !ATTRIBUTE.test(rule)) || (name === '' && rule === '')) {
    throw new NoFilter(`(${clause}) is not a comparison by a matching rule`)
  }
  const attribute = name === '' ? '' : checked(name, clause)
  return { kind: 'extensible', attribute, rule, dn, value: textOf(value, clause) }
}

function checked(name: string, clause: string): string {
  const attribute = name.trim()
  if (ATTRIBUTE.test(attribute)) return attribute
  throw new NoFilter(`${JSON.stringify(attribute)} in (${clause}) is not the name of an attribute`)
}

function textOf(value: string, clause: string): string {
  const bytes = bytesOf(value, clause)
  if (isUtf8(bytes)) return bytes.toString('utf8')
  throw new NoFilter(`the value in (${clause}) is not text; it can only be compared with "="`)
}

function bytesOf(value: string, clause: string): Buffer {
  const parts = value.split('\\')
  const [first = '', ...escaped] = parts
  const bytes = [Buffer.from(first)]
  for (const part of escaped) {
    if (!/^[0-9a-f]{2}/i.test(part)) {
      throw new NoFilter(
        `"\\" in (${clause}) is not followed by two hexadecimal digits; itself it is written \\5c`,
      )
    }
    bytes.push(Buffer.from(part.slice(0, 2), 'hex'), Buffer.from(part.slice(2)))
  }
  return Buffer.concat(bytes)
}

function shown(text: string, at: number): string {
  const rest = text.slice(at, at + 30)
  return rest === '' ? 'its end' : JSON.stringify(text.length > at + 30 ? `${rest}…` : rest)
}
