import { AndFilter, type Filter } from 'ldapts'
import type { AccountSelection } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import type { Account } from '../account.js'
import type { AccountProvider } from '../account-provider.js'
import type { DirectoryEntry, ReadAccount } from '../attributes.js'
import type { ChangeMark, CounterReading } from '../change-mark.js'
import type { Transport } from '../ldap/address.js'
import type { DirectoryConnection, OpenConnection, ReachedStep } from '../ldap/connection.js'
import { boundAs, type ConnectionContext, mayRead } from '../ldap/errors.js'
import { excludedBy, type Membership, userFilter } from '../selection.js'

/** Makes accounts of entries, by the rules of one kind of server and of the site. */
export class AccountReader {
  readonly #kind: ServerKind
  readonly #own: Filter | undefined
  readonly #excluded: (login: string) => boolean
  readonly #now: () => number

  constructor(kind: ServerKind, selection: AccountSelection, now: () => number) {
    this.#kind = kind
    this.#own = selection.filter === undefined ? undefined : userFilter(selection.filter)
    this.selects = selection.filter !== undefined || selection.groups.length > 0
    this.#excluded = excludedBy(selection.exclude)
    this.#now = now
  }

  /** The site has chosen people by a filter or by groups. */
  readonly selects: boolean

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
    const search = { filter, attributes: this.#kind.attributes }
    // An entry that changes while pages are read may come twice: the later one counts.
    const showsLocks = await this.#each({ connection, context }, membership, search, (account, place) => {
      account.groupOrder = Math.min(place, accounts.get(account.id)?.groupOrder ?? place)
      accounts.set(account.id, account)
    })
    return { accounts: [...accounts.values()], showsLocks }
  }

  /** The ids of everybody whom `read` would give, with a fraction of what it reads and holds. */
  async readIds(
    connection: DirectoryConnection,
    context: ConnectionContext,
    membership: Membership,
  ): Promise<ReadonlySet<string>> {
    const ids = new Set<string>()
    const { attributes, filter, idAttribute, loginAttribute } = this.#kind
    // What tells an account from others, and finds it in its groups.
    const few = attributes.filter(name => [idAttribute, loginAttribute, 'gidNumber'].includes(name))
    await this.#each({ connection, context }, membership, { filter, attributes: few }, ({ id }) =>
      ids.add(id),
    )
    return ids
  }

  /** Calls `take` with each account and its place in the groups; gives whether any entry shows its lock. */
  async #each(
    { connection, context }: { connection: DirectoryConnection; context: ConnectionContext },
    membership: Membership,
    { filter, attributes }: { filter: Filter; attributes: readonly string[] },
    take: (account: Account, place: number) => unknown,
  ): Promise<boolean> {
    let showsLocks = false
    for (const [index, clause] of membership.clauses.entries()) {
      await connection.searchAll(this.filter(filter, clause), attributes, entry => {
        const { account, showsPassword } = this.#accountOf(entry, context)
        showsLocks ||= showsPassword
        const place = membership.placeOf(account, entry, index)
        if (place !== undefined) take(account, place)
      })
    }
    return showsLocks
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

/** Whether locks can be told. Asks for the value too: a server may let somebody search for an attribute that it does not show. */
export async function showsLocks(connection: DirectoryConnection, { locks }: ServerKind): Promise<boolean> {
  const [entry] = await connection.searchSome(locks.filter, [locks.attribute], 1)
  return entry?.values.has(locks.attribute.toLowerCase()) ?? false
}

/** What every directory brings is there even where nobody else can be seen. */
export function isBroughtAlong({ system, excluded }: Account): boolean {
  return system && !excluded
}

/** A domain always shows its own administrator; alone he means that nobody else may be seen. */
export function showsNobody(accounts: readonly Account[]): boolean {
  return accounts.every(isBroughtAlong)
}

/** `directory.empty`: the read itself went well. */
export function emptyDirectory(context: ConnectionContext, filter: string, seen: number): TeamchatError {
  const whom = seen === 0 ? 'nobody' : 'nobody but system accounts'
  return new TeamchatError(
    'directory.empty',
    `cannot use the directory ${context.url}: ${boundAs(context)} sees ${whom} below ${context.base} (filter ${filter})`,
    { hint: `check sssd UserDN and BaseDN, mattermost UserFilter and UserGroup; ${mayRead(context)}` },
  )
}

/** `directory.empty` where people are there, and the site's own choice leaves none of them. */
export function nobodySelected(context: ConnectionContext, filter: string): TeamchatError {
  return new TeamchatError(
    'directory.empty',
    `cannot use the directory ${context.url}: people are there below ${context.base}, and none is left by ${filter}`,
    { hint: 'check mattermost UserFilter and UserGroup' },
  )
}

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
  counter: ServerCounter
  /** Connects, does `work` and hangs up. `near`: with the server of that mark first. */
  connected<T>(
    signal: AbortSignal | undefined,
    work: (connection: DirectoryConnection, context: ConnectionContext) => Promise<T>,
    near?: ChangeMark,
  ): Promise<T>
  transport: Transport
  /** As `connected`, and stays so. `reached`: what was reached of which server. */
  open(
    signal: AbortSignal | undefined,
    near: ChangeMark | undefined,
    reached?: (step: ReachedStep, url: string) => void,
  ): Promise<{ connection: OpenConnection; context: ConnectionContext }>
}

/** How one kind of server counts its changes. */
export interface ServerCounter {
  read(connection: DirectoryConnection, context: ConnectionContext): Promise<CounterReading>
  /** Finds what changed between two marks, and perhaps a little more; undefined: that cannot be told. */
  changed(before: ChangeMark, now: ChangeMark): Filter | undefined
  /** The attribute that this filter asks for. */
  stamp: string
  /** The remedy where there is no counter. */
  remedy: string
}
