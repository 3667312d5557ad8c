/** A first start has dozens, and a line is to be read; the changes themselves stand in plan and history. */
const MOST = 4

/** `: mattermost.ListenPort 8065 → 8066`, the first ones of many; nothing for none. */
export function causesText(causes: readonly string[]): string {
  if (causes.length === 0) return ''
  const shown = causes.length > MOST ? causes.slice(0, MOST - 1) : causes
  const more = causes.length - shown.length
  return `: ${shown.join('; ')}${more === 0 ? '' : `; and ${more} more`}`
}
