const QUOTE = 34
const BACKSLASH = 92

/** Where a value stands in a JSON text. */
export interface JsonPlace {
  start: number
  end: number
}

/** A member of an object: from its name to the end of its value. */
export interface JsonMember {
  name: string
  start: number
  value: JsonPlace
}

/**
 * The places of values in a JSON text, so that single ones can be replaced and all else stays byte for byte (big numbers
 * too, which a round trip through JavaScript's would damage). Only what is asked for is looked at.
 */
export class JsonPlaces {
  readonly #text: string

  /** `text` is JSON: whoever asks has seen to it. */
  constructor(text: string) {
    this.#text = text
  }

  /** That of the whole value. */
  whole(): JsonPlace {
    const start = this.#behindBlanks(0)
    return { start, end: this.#endOf(start) }
  }

  /** All members of an object, in the order of the text, equal names as well; undefined for anything else. */
  members({ start: from }: JsonPlace): JsonMember[] | undefined {
    if (this.#text[from] !== '{') return undefined
    const found: JsonMember[] = []
    let at = this.#behindBlanks(from + 1)
    while (this.#text[at] !== '}') {
      if (this.#text[at] === ',') at = this.#behindBlanks(at + 1)
      const nameEnd = this.#endOfString(at)
      // Behind the colon.
      const start = this.#behindBlanks(this.#behindBlanks(nameEnd) + 1)
      const end = this.#endOf(start)
      const name = JSON.parse(this.#text.slice(at, nameEnd)) as string
      found.push({ name, start: at, value: { start, end } })
      at = this.#behindBlanks(end)
    }
    return found
  }

  #behindBlanks(start: number): number {
    let at = start
    while (' \n\t\r'.includes(this.#text[at] ?? '.')) at += 1
    return at
  }

  /** Where the value that starts there ends. */
  #endOf(start: number): number {
    const first = this.#text[start]
    if (first === '"') return this.#endOfString(start)
    if (first === '{' || first === '[') return this.#endOfList(start)
    let at = start
    while (at < this.#text.length && !',]} \n\t\r'.includes(this.#text[at] ?? '')) at += 1
    return at
  }

  #endOfList(start: number): number {
    let depth = 0
    let at = start
    do {
      const character = this.#text[at]
      if (character === '"') {
        at = this.#endOfString(at)
        continue
      }
      if (character === '{' || character === '[') depth += 1
      if (character === '}' || character === ']') depth -= 1
      at += 1
    } while (depth > 0)
    return at
  }

  #endOfString(start: number): number {
    for (let at = start + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at)
      if (code === QUOTE) return at + 1
      if (code === BACKSLASH) at += 1
    }
  }
}
