import type { Filter } from 'ldapts'
import type { AccountSelection } from '../../configdb/settings.js'
import type { AccountProvider, DirectoryRead, NamedRead, ReadOptions } from '../account.js'
import { askedFor, type DirectoryEntry, finishRead, type ReadAccount } from '../attributes.js'
import type { ChangeMark, CounterReading } from '../change-mark.js'
import type { DirectoryConnection, OpenConnection, ReachedStep } from '../ldap/connection.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { mostNamesInFilter } from '../ldap/filter.js'
import type { Transport } from '../ldap/transport.js'
import { everybody, type Membership } from '../selection.js'
import { AccountReader, emptyDirectory, isBroughtAlong, showsLocks, showsNobody } from './account-reader.js'
import { createServerChanges } from './changes.js'
import { tryServer } from './trial.js'

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

/** The account provider of a server. */
export function createServerProvider(
  kind: ServerKind,
  selection: AccountSelection,
  now: () => number,
): AccountProvider {
  const reader = new AccountReader(kind, selection, now)

  async function readAll(signal?: AbortSignal, options?: ReadOptions): Promise<DirectoryRead> {
    const read = async (connection: DirectoryConnection, context: ConnectionContext) => {
      // Before the people: what changes meanwhile is read once more.
      const mark = options === undefined ? undefined : await kind.counter.read(connection, context)
      const membership = await kind.membership(connection, context)
      const found = await reader.read(connection, context, membership, kind.filter)
      if (showsNobody(found.accounts)) {
        throw emptyDirectory(context, kind.identity.filter, found.accounts.length)
      }
      const finished = finishRead(found.accounts, found.showsLocks)
      return mark === undefined ? finished : { ...finished, mark }
    }
    return kind.connected(signal, read, options?.after)
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
    changes: createServerChanges(kind, reader),
    tryOut: signal => tryServer(kind, reader, signal),
    readAll,
    readNamed,
  }
}
