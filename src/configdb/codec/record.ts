import { TeamchatError } from '../../errors.js'
import { trimBlanks } from './codec.js'

/** A record taken apart; texts are latin1 and as stored: `\|` and `\n` still stand as two characters. */
export interface DbRecord {
  /** undefined where the value starts with `|`: such a record has properties and no type. */
  type: string | undefined
  properties: Map<string, string>
}

const SEPARATOR = /(?<!\\)\|/

/**
 * Takes `type|prop|value|…` apart. A `|` behind a backslash does not separate, empty fields count, a property whose
 * value is missing is empty, the last of two equal properties wins. Any text has a meaning.
 */
export function parseRecord(raw: string): DbRecord {
  const [type = '', ...fields] = raw.split(SEPARATOR)
  const properties = new Map<string, string>()
  for (let index = 0; index < fields.length; index += 2) {
    properties.set(fields[index] ?? '', fields[index + 1] ?? '')
  }
  return { type: raw.startsWith('|') ? undefined : type, properties }
}

/**
 * The stored text of a record, properties sorted bytewise, newlines as `\n`. Throws `db.value` where a name or value
 * would shift the fields: a raw `|`, or a `\` in front of a separator.
 */
export function encodeRecord(record: DbRecord): string {
  const sorted = [...record.properties].sort(([one], [other]) => (one < other ? -1 : 1))
  const fields = [record.type ?? '', ...sorted.flat()].map(storeNewlines)
  for (const [index, field] of fields.entries()) {
    const last = index === fields.length - 1
    const reason = SEPARATOR.test(field)
      ? 'contains a raw "|"'
      : field.endsWith('\\') && !last
        ? 'ends in a backslash, which would swallow the separator behind it'
        : undefined
    if (reason !== undefined)
      throw new TeamchatError('db.value', `cannot store the record: a field ${reason}`)
  }
  return fields.join('|')
}

/** True where both mean the same record, whatever the order of the properties. */
export function sameRecord(one: string, other: string): boolean {
  if (trimBlanks(one) === trimBlanks(other)) return true
  const [left, right] = [parseRecord(trimBlanks(one)), parseRecord(trimBlanks(other))]
  if (left.type !== right.type || left.properties.size !== right.properties.size) return false
  for (const [name, value] of left.properties) if (right.properties.get(name) !== value) return false
  return true
}

/** Why `text` cannot be stored as one field, in words; undefined where it can. `what` names it. */
export function whyFieldIsRefused(text: string): string | undefined {
  if (SEPARATOR.test(text))
    return 'it contains a raw "|", which separates fields; give --escape to store it as "\\|"'
  if (trimBlanks(text).endsWith('\\'))
    return 'it ends in a backslash, which would swallow the separator behind it'
  return undefined
}

/** `text` with every `|` as `\|`, the form that `unescapeText` reads back. */
export function escapeSeparators(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** Newlines as the two characters `\n`, the only form in which the file can hold them. */
export function storeNewlines(text: string): string {
  return text.replaceAll('\n', '\\n')
}

/** Every stored `\n` as a newline: what all readers print, the stock ones too. */
export function readNewlines(stored: string): string {
  return stored.replaceAll('\\n', '\n')
}

/** A stored field as a program means it: `\|` is `|` and `\n` a newline, as in Perl's Record API. */
export function unescapeText(stored: string): string {
  return readNewlines(stored).replaceAll('\\|', '|')
}
