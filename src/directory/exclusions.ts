import { wildcardSource } from '../system/wildcards.js'

/**
 * Says of a login whether ExcludeUsers names it: each pattern is a whole login, with `*` for any characters and `?`
 * for one. Case does not count.
 */
export function excludedBy(patterns: readonly string[]): (login: string) => boolean {
  const names = new Set<string>()
  const shapes: RegExp[] = []
  for (const pattern of patterns.map(folded)) {
    if (!/[*?]/.test(pattern)) names.add(pattern)
    else shapes.push(shapeOf(pattern))
  }
  if (names.size === 0 && shapes.length === 0) return () => false
  return login => {
    const name = folded(login)
    return names.has(name) || shapes.some(shape => shape.test(name))
  }
}

function folded(login: string): string {
  return login.normalize('NFC').toLowerCase()
}

function shapeOf(pattern: string): RegExp {
  return new RegExp(wildcardSource(pattern), 'su')
}
