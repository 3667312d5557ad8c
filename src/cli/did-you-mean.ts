import { nearest } from '../configdb/schema/near.js'

/** `did you mean status or sync?`; '' where nothing known is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  return question(nearest(word, known))
}

/**
 * The same for the whole name of a command: its last word counts, within the group that was typed, so that `sync` finds
 * `users sync`.
 */
export function didYouMeanCommand(typed: string, names: readonly string[]): string {
  const word = lastWord(typed)
  const known = names.filter(name => name.startsWith(typed.slice(0, -word.length)))
  const near = nearest(word, known.map(lastWord))
  return question(near.flatMap(one => known.filter(name => lastWord(name) === one)).slice(0, 3))
}

/** A hint that begins with such a question, where there is one. */
export function hintAfter(question: string, hint: string): string {
  return question === '' ? hint : `${question} ${hint}`
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1)
}

function question(names: readonly string[]): string {
  if (names.length === 0) return ''
  const others = names.slice(0, -1)
  return `did you mean ${others.length === 0 ? '' : `${others.join(', ')} or `}${names.at(-1)}?`
}
