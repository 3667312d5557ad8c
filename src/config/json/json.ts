/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** A text that is not JSON. Says the place and never quotes the text, which may hold secrets. */
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
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// All but quote, backslash and control characters.
const PLAIN = /[ !#-[\]-\u{10ffff}]+/uy
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const DEPTH_LIMIT = 200

/** The value of a JSON text. Of equal names the last one counts, as for Go. Throws `JsonError`. */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw errorIn(text)
  }
}

/** Where a text stops being JSON: the engine tells it in other words with each version, and quotes the text. */
function errorIn(text: string): JsonError {
  let at = 0

  function fail(reason: string): never {
    const before = text.slice(0, at).split('\n')
    throw new JsonError(before.length, (before.at(-1)?.length ?? 0) + 1, reason)
  }
  function isMatched(pattern: RegExp): boolean {
    pattern.lastIndex = at
    const length = pattern.exec(text)?.[0].length ?? 0
    at += length
    return length > 0
  }
  function expect(character: string, what: string): void {
    isMatched(BLANKS)
    if (text[at] !== character) fail(`${what} expected`)
    at += 1
  }
  function string(): void {
    at += 1
    while (isMatched(PLAIN) || isMatched(ESCAPE));
    if (text[at] !== '"')
      fail(at < text.length ? 'a character that a text cannot hold' : 'the text ends too early')
    at += 1
  }
  function list(end: string, item: () => void): void {
    at += 1
    isMatched(BLANKS)
    for (let isFirst = true; text[at] !== end; isFirst = false) {
      if (!isFirst) expect(',', `',' or '${end}'`)
      item()
      isMatched(BLANKS)
    }
    at += 1
  }
  function member(depth: number): void {
    isMatched(BLANKS)
    if (text[at] !== '"') fail('a name in quotes expected')
    string()
    expect(':', "':'")
    value(depth)
  }
  function value(depth: number): void {
    if (depth > DEPTH_LIMIT) fail('nested too deeply')
    isMatched(BLANKS)
    if (text[at] === '{') list('}', () => member(depth + 1))
    else if (text[at] === '[') list(']', () => value(depth + 1))
    else if (text[at] === '"') string()
    else if (!isMatched(WORD)) fail(at < text.length ? 'a value expected' : 'the text ends too early')
  }

  try {
    value(0)
    isMatched(BLANKS)
    if (at < text.length) fail('nothing expected here')
    return new JsonError(1, 1, 'it cannot be read')
  } catch (error) {
    if (error instanceof JsonError) return error
    throw error
  }
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
