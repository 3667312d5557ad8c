import { typesOfRecords } from '../../configdb/schema/known.js'
import { findKnown } from '../../configdb/schema/schema.js'

/**
 * The warning for a change of a property in a record that teamchatd knows and that is missing: the stock tool is
 * silent and exits 0, so nobody notices. undefined for the site's own records. Secrets are left out.
 */
export function whatToTypeInstead(verb: string, operands: readonly string[]): string | undefined {
  const [key = '', ...rest] = operands
  const plain = findKnown(key, '') !== undefined
  const type = typesOfRecords.get(key)
  if (!plain && type === undefined) return undefined
  if (verb === 'config delprop') {
    return `there is no record ${key}, so nothing was removed; teamchat config keys lists the records`
  }
  const line = plain
    ? ['set', key, 'VALUE']
    : [
        'set',
        key,
        type ?? '',
        ...rest.map((word, index) => {
          const secret = index % 2 === 1 && findKnown(key, rest[index - 1] ?? '')?.secret === true
          return secret ? '-' : quoted(word)
        }),
      ]
  return `there is no record ${key}, so nothing was set; to create it, type: teamchat config ${line.join(' ')}`
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
