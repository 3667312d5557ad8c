import { type Filter, NotFilter, OrFilter, PresenceFilter } from 'ldapts'
import { equals, itemsSettledOrThrow } from '../ldap/filter.js'
import { guidBytes } from './guid.js'

/** Every person's account of an Active Directory, as text: it is part of what an administrator confirms. */
export const activeDirectoryFilterText = '(&(objectClass=user)(objectCategory=person))'

/** The filter that `activeDirectoryFilterText` shows: computers are users too, and contacts are persons. */
export function activeDirectoryFilter(): Filter {
  return itemsSettledOrThrow(equals('objectClass', 'user'), equals('objectCategory', 'person'))
}

/** Accounts whose userAccountControl the server shows to whoever is bound. */
export function controlFilter(): Filter {
  return itemsSettledOrThrow(activeDirectoryFilter(), new PresenceFilter({ attribute: 'userAccountControl' }))
}

/**
 * Two filters for these people: `named` finds them, and perhaps more (Windows compares names without accents);
 * `others` any other account but those that every domain brings, which are there even where a whole OU cannot be
 * read. An id that is no GUID belongs to another provider and is left out; undefined `named`: nobody is left.
 */
export function activeDirectoryNamedFilters(who: { logins: string[]; ids: string[] }): {
  named: Filter | undefined
  others: Filter
} {
  const guids = who.ids.map(guidBytes).filter(bytes => bytes !== undefined)
  const each = [
    ...who.logins.filter(login => login !== '').map(login => equals('sAMAccountName', login)),
    ...guids.map(bytes => equals('objectGUID', bytes)),
  ]
  const broughtAlong = new NotFilter({ filter: equals('isCriticalSystemObject', 'TRUE') })
  const people = itemsSettledOrThrow(activeDirectoryFilter(), broughtAlong)
  if (each.length === 0) return { named: undefined, others: people }
  const anyOfThem = new OrFilter({ filters: each })
  return {
    named: itemsSettledOrThrow(activeDirectoryFilter(), anyOfThem),
    others: itemsSettledOrThrow(people, new NotFilter({ filter: anyOfThem })),
  }
}
