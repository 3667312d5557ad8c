/** What a new content would lose, in words; undefined where it keeps at least half. Lines with nothing on them do not count. */
export function lostLines(before: string, after: string): string | undefined {
  return lostParts(lines(before), lines(after), 'lines')
}

/** The same for counted parts, such as our leaves of config.json. An empty one is always told. */
export function lostParts(before: number, after: number, parts: string): string | undefined {
  if (after === 0 && before > 0) return 'it would become empty'
  return after < before / 2 ? `it would keep ${after} of ${before} ${parts}` : undefined
}

function lines(text: string): number {
  return text.split('\n').filter(line => line.trim() !== '').length
}
