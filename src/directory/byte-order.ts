/**
 * Compares two texts by their UTF-8 bytes, for `sort`. JavaScript's own `<` compares UTF-16 units, which puts
 * an emoji before U+FFFF and so would name another "first" mail address than every other tool does.
 */
export function byByteOrder(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  for (let at = 0; at < shorter; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return codePointRank(left) - codePointRank(right)
  }
  return a.length - b.length
}

/** Moves surrogates (they stand for U+10000 and above) behind the rest of the 16-bit units. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
