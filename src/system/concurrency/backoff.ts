/** Milliseconds before try number `tries` + 1: 1 s, doubled each time, at most `limitMs`. */
export function backoffMs(tries: number, limitMs: number): number {
  return Math.min(1000 * 2 ** Math.min(tries, 30), limitMs)
}
