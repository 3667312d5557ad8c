import type { Filter } from 'ldapts'
import type { AccountProvider } from '../account-provider.js'
import type { DirectoryEntry, ReadAccount } from '../attributes.js'
import type { ChangeMark, CounterReading } from '../change-mark.js'
import type { DirectoryConnection, OpenConnection, ReachedStep } from '../ldap/connection.js'
import type { ConnectionContext } from '../ldap/errors.js'
import type { Transport } from '../ldap/transport.js'
import type { Membership } from '../selection.js'

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
  /** What to do where there is no counter. */
  remedy: string
}
