import { type Filter, GreaterThanEqualsFilter } from 'ldapts'
import { textsOf } from '../attributes.js'
import { type ChangeMark, type CounterReading, changedFrom } from '../change-mark.js'
import type { DirectoryConnection } from '../ldap/connection.js'
import { parseDn } from '../ldap/dn.js'

/** What every entry carries since its last change; slapd compares it in order, by an index where there is one. */
export const openLdapStamp = 'entryCSN'

/** LDAP Content Synchronization (RFC 4533), which overlay syncprov brings. */
const syncControl = '1.3.6.1.4.1.4203.1.9.1.1'

/** Reads contextCSN of the database that holds `base`; it stands at the database's suffix alone. */
export async function openLdapCounter(
  connection: DirectoryConnection,
  base: string,
): Promise<CounterReading> {
  const root = await connection.readEntry('', ['namingContexts', 'supportedControl'])
  if (root !== undefined && !textsOf(root, 'supportedcontrol').includes(syncControl)) {
    // Without it contextCSN may be there all the same, from slapadd, and never moves.
    return { kind: 'none', reason: 'the server has no overlay syncprov, which counts changes (contextCSN)' }
  }
  const suffix = suffixOf(base, root === undefined ? [] : textsOf(root, 'namingcontexts'))
  const entry = await connection.readEntry(suffix, ['contextCSN'])
  const values = entry === undefined ? [] : textsOf(entry, 'contextcsn')
  if (values.length > 0) return { kind: 'csn', values }
  return {
    kind: 'none',
    reason: `${suffix} shows no contextCSN: it has no overlay syncprov, or the bind account may not read it`,
  }
}

/** Entries that were written between two marks, and perhaps the last one before; undefined: that cannot be told. */
export function openLdapChanged(before: ChangeMark, now: ChangeMark): Filter | undefined {
  if (before.kind !== 'csn' || now.kind !== 'csn') return undefined
  const value = changedFrom(before.values, now.values)
  return value === undefined ? undefined : new GreaterThanEqualsFilter({ attribute: openLdapStamp, value })
}

/** The longest naming context above `base`; `base` itself where the server names none. */
export function suffixOf(base: string, contexts: readonly string[]): string {
  const wanted = namesOf(base)
  const above = contexts
    .map(dn => ({ dn, names: namesOf(dn) }))
    .filter(
      ({ names }) => names.length > 0 && names.every((name, at) => wanted.at(at - names.length) === name),
    )
    .sort((a, b) => b.names.length - a.names.length)
  return above[0]?.dn ?? base
}

function namesOf(dn: string): string[] {
  return (parseDn(dn) ?? []).map(parts =>
    parts
      .map(({ type, value }) => `${type}=${value.toLowerCase().trim()}`)
      .sort()
      .join('+'),
  )
}
