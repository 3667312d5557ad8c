/** A pattern in which `*` stands for any characters and `?` for one, as the source of a regular expression for all of a text. */
export function wildcardSource(pattern: string): string {
  const literal = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return `^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`
}
