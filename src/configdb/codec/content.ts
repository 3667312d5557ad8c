/** Of a line without `=`. */
const NO_VALUE = -1

/**
 * The values of a DB's text by key, each cut out of the text when it is asked for: 100,000 strings that nobody has
 * asked for cost the garbage collector as much as reading the file.
 */
export class StoredText implements ReadonlyMap<string, string | undefined> {
  readonly #text: string
  /** Where each key's value starts in the text; it ends with its line. */
  readonly #starts = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  /** The value of `key` starts at `start` of the text. A later one wins, in the place of the first. */
  add(key: string, start: number | undefined): void {
    this.#starts.set(key, start ?? NO_VALUE)
  }

  get size(): number {
    return this.#starts.size
  }

  has(key: string): boolean {
    return this.#starts.has(key)
  }

  get(key: string): string | undefined {
    return this.#valueFrom(this.#starts.get(key) ?? NO_VALUE)
  }

  keys(): MapIterator<string> {
    return this.#starts.keys()
  }

  *values(): MapIterator<string | undefined> {
    for (const start of this.#starts.values()) yield this.#valueFrom(start)
  }

  *entries(): MapIterator<[string, string | undefined]> {
    for (const [key, start] of this.#starts) yield [key, this.#valueFrom(start)]
  }

  [Symbol.iterator](): MapIterator<[string, string | undefined]> {
    return this.entries()
  }

  forEach(
    visit: (value: string | undefined, key: string, map: ReadonlyMap<string, string | undefined>) => void,
  ): void {
    for (const [key, value] of this) visit(value, key, this)
  }

  #valueFrom(start: number): string | undefined {
    if (start === NO_VALUE) return undefined
    const end = this.#text.indexOf('\n', start)
    return this.#text.slice(start, end < 0 ? undefined : end)
  }
}
