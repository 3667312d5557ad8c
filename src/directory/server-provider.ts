import { AndFilter, type Filter } from 'ldapts'
import type { AccountSelection } from '../db/settings.js'
import { TeamchatError } from '../errors.js'
import type { Account, AccountProvider, DirectoryRead, NamedRead } from './account.js'
import { askedFor, type DirectoryEntry, finishRead, type ReadAccount } from './attributes.js'
import type { DirectoryConnection } from './connection.js'
import { boundAs, type ConnectionContext, mayRead } from './connection-errors.js'
import { excludedBy } from './exclusions.js'
import { mostNamesInFilter } from './filter.js'
import { everybody, type Membership } from './selection.js'
import { userFilter } from './user-filter.js'

/** How one kind of server keeps people; the rest is the same for all. */
export interface ServerKind {
  description: string
  identity: AccountProvider['identity']
  /** Every account, before the site's own filter. */
  filter: Filter
  attributes: readonly string[]
  /** The immutable id; undefined: it is not shown. */
  idOf(entry: DirectoryEntry): string | undefined
  loginOf(entry: DirectoryEntry): string | undefined
  accountOf(entry: DirectoryEntry, identified: { id: string; login: string }, now: number): ReadAccount
  /** Filters for these people, `named`, and for any other account, `others`; `named` undefined: nobody is left to look for. */
  namedFilters(who: { logins: string[]; ids: string[] }): { named: Filter | undefined; others: Filter }
  /** Finds an entry that shows the attribute which tells locks. */
  locks: { filter: Filter; attribute: string }
  /** How the attributes of id and login are called, and how to let somebody read one. */
  idAttribute: string
  loginAttribute: string
  grant(attribute: string): string
  membership(connection: DirectoryConnection, context: ConnectionContext): Promise<Membership>
  /** Connects, does `work` and hangs up. */
  connected<T>(
    signal: AbortSignal | undefined,
    work: (connection: DirectoryConnection, context: ConnectionContext) => Promise<T>,
  ): Promise<T>
}

/** The account provider of a server. */
export function createServerProvider(
  kind: ServerKind,
  selection: AccountSelection,
  now: () => number,
): AccountProvider {
  const reader = new AccountReader(kind, selection, now)

  async function readAll(signal?: AbortSignal): Promise<DirectoryRead> {
    return kind.connected(signal, async (connection, context) => {
      const membership = await kind.membership(connection, context)
      const found = await reader.read(connection, context, membership, kind.filter)
      // A domain always shows its own administrator; alone he means that nobody else may be seen.
      if (found.accounts.every(({ system, excluded }) => system && !excluded)) {
        throw emptyDirectory(context, kind.identity.filter, found.accounts.length)
      }
      return finishRead(found.accounts, found.showsLocks)
    })
  }

  async function readNamed(
    who: { logins: string[]; ids: string[] },
    signal?: AbortSignal,
  ): Promise<NamedRead> {
    const wanted = askedFor(who)
    if (who.logins.length + who.ids.length > mostNamesInFilter) {
      const { accounts, locksKnown } = await readAll(signal)
      const othersSeen = accounts.some(account => !isBroughtAlong(account) && !wanted(account))
      return { accounts: accounts.filter(wanted), locksKnown, othersSeen }
    }
    const { named, others } = kind.namedFilters(who)
    return kind.connected(signal, async (connection, context) => {
      const membership = named === undefined ? everybody : await kind.membership(connection, context)
      const found =
        named === undefined
          ? { accounts: [], showsLocks: false }
          : await reader.read(connection, context, membership, named)
      const accounts = found.accounts.filter(wanted)
      const locksKnown = found.showsLocks || (await showsLocks(connection, kind))
      const [other] = await connection.searchSome(others, ['1.1'], 1)
      return { ...finishRead(accounts, locksKnown), othersSeen: other !== undefined }
    })
  }

  return {
    description: kind.description,
    identity: kind.identity,
    watchedFile: undefined,
    readAll,
    readNamed,
  }
}

/** Makes accounts of entries, by the rules of one kind of server and of the site. */
export class AccountReader {
  readonly #kind: ServerKind
  readonly #own: Filter | undefined
  readonly #excluded: (login: string) => boolean
  readonly #now: () => number

  constructor(kind: ServerKind, selection: AccountSelection, now: () => number) {
    this.#kind = kind
    this.#own = selection.filter === undefined ? undefined : userFilter(selection.filter)
    this.#excluded = excludedBy(selection.exclude)
    this.#now = now
  }

  /** `filter` and the site's own one, and a clause of its groups. */
  filter(filter: Filter, clause: Filter | undefined): Filter {
    const all = [filter, this.#own, clause].filter(part => part !== undefined)
    return all.length === 1 ? filter : new AndFilter({ filters: all })
  }

  /** Whoever matches, is in the groups, and is not there twice. */
  async read(
    connection: DirectoryConnection,
    context: ConnectionContext,
    membership: Membership,
    filter: Filter,
  ): Promise<{ accounts: Account[]; showsLocks: boolean }> {
    const accounts = new Map<string, Account>()
    let showsLocks = false
    for (const [index, clause] of membership.clauses.entries()) {
      // An entry that changes while pages are read may come twice: the later one counts.
      await connection.searchAll(this.filter(filter, clause), this.#kind.attributes, entry => {
        const { account, showsPassword } = this.#accountOf(entry, context)
        showsLocks ||= showsPassword
        const place = membership.placeOf(account, entry, index)
        if (place === undefined) return
        account.groupOrder = Math.min(place, accounts.get(account.id)?.groupOrder ?? place)
        accounts.set(account.id, account)
      })
    }
    return { accounts: [...accounts.values()], showsLocks }
  }

  #accountOf(entry: DirectoryEntry, context: ConnectionContext): ReadAccount {
    const id = this.#kind.idOf(entry)
    if (id === undefined) throw this.#hidden(entry, this.#kind.idAttribute, context)
    const login = this.#kind.loginOf(entry)
    if (login === undefined) throw this.#hidden(entry, this.#kind.loginAttribute, context)
    const read = this.#kind.accountOf(entry, { id, login }, this.#now())
    if (!read.account.system && this.#excluded(login)) {
      read.account.system = true
      read.account.excluded = true
    }
    return read
  }

  #hidden(entry: DirectoryEntry, attribute: string, context: ConnectionContext): TeamchatError {
    return new TeamchatError(
      'directory.invalid',
      `cannot use the directory ${context.url}: it shows ${boundAs(context)} no ${attribute} of ${JSON.stringify(entry.dn)}`,
      { hint: `let the bind account read ${this.#kind.grant(attribute)}` },
    )
  }
}

/** Asks for the value too: a server may let somebody search for an attribute that it does not show. */
async function showsLocks(connection: DirectoryConnection, { locks }: ServerKind): Promise<boolean> {
  const [entry] = await connection.searchSome(locks.filter, [locks.attribute], 1)
  return entry?.values.has(locks.attribute.toLowerCase()) ?? false
}

/** What every directory brings is there even where nobody else can be seen. */
function isBroughtAlong({ system, excluded }: Account): boolean {
  return system && !excluded
}

function emptyDirectory(context: ConnectionContext, filter: string, seen: number): TeamchatError {
  const whom = seen === 0 ? 'nobody' : 'nobody but system accounts'
  return new TeamchatError(
    'directory.empty',
    `cannot use the directory ${context.url}: ${boundAs(context)} sees ${whom} below ${context.base} (filter ${filter})`,
    { hint: `check sssd UserDN and BaseDN, mattermost UserFilter and UserGroup; ${mayRead(context)}` },
  )
}
