import { randomInt } from 'node:crypto'

/** A number from 0 to below `limit`, each as likely. */
export type Random = (limit: number) => number

/**
 * A random password of `length` characters that holds at least one of each of `classes`. It begins with a letter of the
 * first two, since some forms and spreadsheets take a leading digit or symbol for something else.
 */
export function randomPassword(
  { length, classes }: { length: number; classes: readonly [string, string, ...string[]] },
  random: Random = limit => randomInt(limit),
): string {
  const all = classes.join('')
  const [lower, upper] = classes
  const rest = classes.map(letters => pick(letters, random))
  while (rest.length < length - 1) rest.push(pick(all, random))
  return pick(lower + upper, random) + shuffled(rest, random).join('')
}

function pick(letters: string, random: Random): string {
  return letters.charAt(random(letters.length))
}

function shuffled(characters: string[], random: Random): string[] {
  const result = [...characters]
  for (let last = result.length - 1; last > 0; last--) {
    const other = random(last + 1)
    const held = result[last] ?? ''
    result[last] = result[other] ?? ''
    result[other] = held
  }
  return result
}
