/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** A value and where it stands in the text. */
export interface JsonNode {
  start: number
  end: number
  value: Json
  /** Objects only; all of them, in the order of the text, equal names as well. */
  members?: { name: string; start: number; node: JsonNode }[]
}

/** A text that is no JSON. Says the place and never quotes the text, which may hold secrets. */
export class JsonError extends Error {
  constructor(
    readonly line: number,
    readonly column: number,
    reason: string,
  ) {
    super(`line ${line}, character ${column}: ${reason}`)
    this.name = 'JsonError'
  }
}

const BLANKS = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// All but quote, backslash and control characters.
const PLAIN = /[ !#-[\]-\u{10ffff}]+/uy
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const DEPTH_LIMIT = 200

/**
 * Parses JSON and keeps the place of every value, so that single ones can be replaced in the text and all else stays
 * byte for byte (big numbers too, which a round trip through JavaScript's would damage). Of equal names the last one
 * counts, as for JSON.parse and Go. Throws `JsonError`.
 */
export function parseJson(text: string): JsonNode {
  let at = 0

  function fail(reason: string): never {
    const before = text.slice(0, at).split('\n')
    throw new JsonError(before.length, (before.at(-1)?.length ?? 0) + 1, reason)
  }
  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found === undefined || found === '') return undefined
    at += found.length
    return found
  }
  function expect(character: string, what: string): void {
    match(BLANKS)
    if (text[at] !== character) fail(`${what} expected`)
    at += 1
  }
  function string(): string {
    const start = at
    at += 1
    while (match(PLAIN) !== undefined || match(ESCAPE) !== undefined);
    if (text[at] !== '"')
      fail(at < text.length ? 'a character that a text cannot hold' : 'the text ends too early')
    at += 1
    return JSON.parse(text.slice(start, at)) as string
  }
  function object(depth: number): JsonNode {
    const start = at
    const members: NonNullable<JsonNode['members']> = []
    at += 1
    match(BLANKS)
    while (text[at] !== '}') {
      if (members.length > 0) {
        expect(',', "',' or '}'")
        match(BLANKS)
      }
      const memberStart = at
      if (text[at] !== '"') fail('a name in quotes expected')
      const name = string()
      expect(':', "':'")
      members.push({ name, start: memberStart, node: value(depth + 1) })
      match(BLANKS)
    }
    at += 1
    const entries = members.map(member => [member.name, member.node.value] as const)
    return { start, end: at, value: Object.fromEntries(entries), members }
  }
  function array(depth: number): JsonNode {
    const start = at
    const items: Json[] = []
    at += 1
    match(BLANKS)
    while (text[at] !== ']') {
      if (items.length > 0) expect(',', "',' or ']'")
      items.push(value(depth + 1).value)
      match(BLANKS)
    }
    at += 1
    return { start, end: at, value: items }
  }
  function word(): Json {
    for (const [name, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (text.startsWith(name, at)) {
        at += name.length
        return meaning
      }
    }
    const number = match(NUMBER)
    if (number === undefined) fail(at < text.length ? 'a value expected' : 'the text ends too early')
    return Number(number)
  }
  function value(depth: number): JsonNode {
    if (depth > DEPTH_LIMIT) fail('nested too deeply')
    match(BLANKS)
    const start = at
    if (text[at] === '{') return object(depth)
    if (text[at] === '[') return array(depth)
    const scalar = text[at] === '"' ? string() : word()
    return { start, end: at, value: scalar }
  }

  const node = value(0)
  match(BLANKS)
  if (at < text.length) fail('nothing expected here')
  return node
}

/** True for a JSON object, no array. */
export function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path of names; undefined where there is none. */
export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let here = value
  for (const name of path) {
    if (!isObject(here) || !Object.hasOwn(here, name)) return undefined
    here = here[name]
  }
  return here
}

/** Whether two values are equal, whatever the order of members. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => sameJson(item, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every(name => Object.hasOwn(other, name) && sameJson(one[name], other[name]))
  )
}
