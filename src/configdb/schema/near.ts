import { findKnown, knownProperties } from './schema.js'

/** The known record that an unknown one is most likely meant to be: it differs in capital letters or by one slip. */
export function nearRecord(key: string): string | undefined {
  return nearOne(key, new Set(knownProperties.map(({ record }) => record)), LEAST + 1)
}

/** The known property of a known record that an unknown one is most likely meant to be; likewise. */
export function nearProperty(record: string, property: string): string | undefined {
  if (property === '' || findKnown(record, property) !== undefined) return undefined
  const names = knownProperties.filter(known => known.record === record).map(known => known.property)
  return nearOne(property, new Set(names), LEAST)
}

/** Shorter names are too near to each other, and records to those of other packages: `sshd` is not a slip for `sssd`. */
const LEAST = 5

function nearOne(given: string, known: ReadonlySet<string>, least: number): string | undefined {
  if (known.has(given)) return undefined
  const lower = given.toLowerCase()
  const names = [...known]
  return (
    names.find(name => name.toLowerCase() === lower) ??
    names.find(name => given.length >= least && editDistance(name.toLowerCase(), lower) === 1)
  )
}

/**
 * How many single slips lie between two words: a letter too many, too few or wrong, or two that have changed places
 * (optimal string alignment). Libraries such as fastest-levenshtein count changed places, the most frequent slip, as two.
 */
export function editDistance(one: string, other: string): number {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: other.length + 1 }, (_, index) => index),
  ]
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1]
      const swapped = one[row - 2] === other[column - 1] && one[row - 1] === other[column - 2]
      const ways = [
        at(last, column) + 1,
        at(next, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        ...(swapped && row > 1 && column > 1 ? [at(before, column - 2) + 1] : []),
      ]
      next.push(Math.min(...ways))
    }
    before = last
    last = next
  }
  return at(last, other.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}

/** The nearest of the known words, at most three, whatever the case: up to a third of the letters may be slips. */
export function nearest(word: string, known: Iterable<string>): string[] {
  const given = word.toLowerCase()
  const most = Math.max(1, Math.floor(given.length / 3))
  return [...new Set(known)]
    .map(name => ({ name, distance: editDistance(given, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.min(most, name.length - 1))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}
