import { lookUp, parseDb, trimBlanks } from '../../db/codec.js'
import { readNewlines } from '../../db/codec-record.js'

/** What the read commands ask of a DB; texts are latin1, every stored `\n` is a newline, `\|` stays as it is. */
export interface Records {
  /** undefined where the key is missing or its line has no `=`. */
  value(key: string): string | undefined
  /** All of them, sorted bytewise. */
  all(): [key: string, value: string | undefined][]
}

/** The records of a file's bytes; `overrides` replace those of the file (the host's own, see db/overrides). */
export function recordsOf(bytes: Buffer, overrides?: ReadonlyMap<string, string>): Records {
  return {
    value(key) {
      const value = overrides?.get(trimBlanks(key)) ?? lookUp(bytes, key)
      return value === undefined ? undefined : readNewlines(value)
    },
    all() {
      const content = new Map([...parseDb(bytes), ...(overrides ?? [])])
      return [...content]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, value]) => [key, value === undefined ? undefined : readNewlines(value)])
    },
  }
}
