/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | JsonObject
/** A JSON object. */
export interface JsonObject {
  [key: string]: Json
}

/** Where each value of a document ends: path (`A.B`) to offset in characters. */
export type Ends = Map<string, number>

/** A document that is not JSON, said in the words of Go's parser. `offset` counts the offending character. */
export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message)
  }
}

/** True for a JSON object: no list, no null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads a JSON document and remembers where each value ended, since Mattermost names line and character of a
 * mistake and `JSON.parse` of Node 20 does not always say where it was. Throws JsonSyntaxError.
 */
export function parseJson(text: string): { value: Json; ends: Ends } {
  const reader = new Reader(text)
  const value = reader.value('')
  reader.end()
  return { value, ends: reader.ends }
}

/** "parsing error at line N, character M", both counted from one, as Mattermost counts them. */
export function positionWords(text: string, offset: number): string {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  const character = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1)) + 1
  return `parsing error at line ${line}, character ${character}`
}

/** Four blanks of indent, `&`, `<` and `>` escaped, no newline at the end: what Go's encoder writes. */
export function encodeJson(value: unknown): string {
  const escapes: Record<string, string> = { '&': '\\u0026', '<': '\\u003c', '>': '\\u003e' }
  return JSON.stringify(value, null, 4).replace(/[&<>]/g, found => escapes[found] ?? found)
}

const LITERALS: Record<string, Json> = { true: true, false: false, null: null }

class Reader {
  readonly ends: Ends = new Map()
  private at = 0

  constructor(private readonly text: string) {}

  value(path: string): Json {
    const found = this.read(path)
    this.ends.set(path, this.at)
    return found
  }

  end(): void {
    if (this.peek() !== '') this.refuse('after top-level value')
  }

  private read(path: string): Json {
    const next = this.peek()
    if (next === '{') return this.object(path)
    if (next === '[') return this.list(path)
    if (next === '"') return this.string()
    const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/.exec(this.text.slice(this.at, this.at + 40))
    if (number) {
      this.at += number[0].length
      return Number(number[0])
    }
    for (const [word, value] of Object.entries(LITERALS))
      if (next === word[0]) return this.literal(word, value)
    return this.refuse('looking for beginning of value')
  }

  private object(path: string): Json {
    const entries: [string, Json][] = []
    this.at += 1
    if (this.skip('}')) return {}
    for (;;) {
      if (this.peek() !== '"') return this.refuse('looking for beginning of object key string')
      const key = this.string()
      if (!this.skip(':')) return this.refuse('after object key')
      entries.push([key, this.value(path === '' ? key : `${path}.${key}`)])
      if (this.skip('}')) return Object.fromEntries(entries)
      if (!this.skip(',')) return this.refuse('after object key:value pair')
    }
  }

  private list(path: string): Json {
    const result: Json[] = []
    this.at += 1
    if (this.skip(']')) return result
    for (;;) {
      result.push(this.value(`${path}[${result.length}]`))
      if (this.skip(']')) return result
      if (!this.skip(',')) return this.refuse('after array element')
    }
  }

  private string(): string {
    const whole = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
    whole.lastIndex = this.at
    const found = whole.exec(this.text)
    if (found) {
      this.at = whole.lastIndex
      return JSON.parse(found[0]) as string
    }
    const good = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
    good.lastIndex = this.at
    good.exec(this.text)
    this.at = good.lastIndex
    return this.refuse('in string literal')
  }

  private literal(word: string, value: Json): Json {
    for (const [index, letter] of [...word].entries()) {
      if (this.text[this.at] !== letter && index > 0)
        return this.refuse(`in literal ${word} (expecting '${letter}')`)
      this.at += 1
    }
    return value
  }

  private peek(): string {
    while (/[ \t\r\n]/.test(this.text[this.at] ?? '')) this.at += 1
    return this.text[this.at] ?? ''
  }

  private skip(character: string): boolean {
    if (this.peek() !== character) return false
    this.at += 1
    return true
  }

  private refuse(where: string): never {
    const found = this.text[this.at]
    if (found === undefined) throw new JsonSyntaxError('unexpected end of JSON input', this.text.length)
    throw new JsonSyntaxError(`invalid character ${quoted(found)} ${where}`, this.at + 1)
  }
}

function quoted(character: string): string {
  if (character === '\n') return "'\\n'"
  return character === "'" ? "'\\''" : `'${character}'`
}
