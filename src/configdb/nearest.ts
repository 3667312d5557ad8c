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
