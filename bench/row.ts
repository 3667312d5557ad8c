/** One line of a benchmark: a median, beside a peer or a limit that was measured in the same run. */
export interface Row {
  name: string
  value: number
  unit: string
  peer?: { name: string; value: number }
  ratio?: number
  limit?: number
}

/** A benchmark, one file each. */
export interface Bench {
  name: string
  run(): Promise<Row[]>
}

/** The middle one; of an even number the upper of the two. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('cannot take the median of nothing')
  return middle
}

/** The p-th percentile, 0 to 100, by nearest rank. */
export function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)]
  if (found === undefined) throw new Error('cannot take a percentile of nothing')
  return found
}
