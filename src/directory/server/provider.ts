import { type Filter, PresenceFilter } from 'ldapts'
import type { AccountSelection } from '../../configdb/settings.js'
import type {
  ChangesRead,
  CounterConnection,
  DirectoryChanges,
  DirectoryRead,
  NamedRead,
  ReadOptions,
} from '../account.js'
import type { AccountProvider } from '../account-provider.js'
import { askedFor, finishRead } from '../attributes.js'
import { type ChangeMark, compareMarks } from '../change-mark.js'
import type { DirectoryConnection } from '../ldap/connection.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { allOf, mostNamesInFilter } from '../ldap/filter.js'
import { everybody } from '../selection.js'
import {
  AccountReader,
  emptyDirectory,
  isBroughtAlong,
  type ServerKind,
  showsLocks,
  showsNobody,
} from './account-reader.js'
import { tryServer } from './trial.js'

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

/** Follows a server by its counter, by what its entries say of their last change, and by a list of their ids. */
function createServerChanges(kind: ServerKind, reader: AccountReader): DirectoryChanges {
  async function openCounter(near: ChangeMark | undefined, signal?: AbortSignal): Promise<CounterConnection> {
    const { connection, context } = await kind.open(signal, near)
    return {
      url: context.url,
      get usable() {
        return connection.usable
      },
      read: () => kind.counter.read(connection, context),
      close: () => connection.close(),
    }
  }

  function readSince(
    before: ChangeMark,
    { list }: { list: boolean },
    signal?: AbortSignal,
  ): Promise<ChangesRead> {
    const read = async (connection: DirectoryConnection, context: ConnectionContext) => {
      // First of all: what changes while this is read is read once more.
      const mark = await kind.counter.read(connection, context)
      if (mark.kind === 'none') return unknown(mark.reason)
      const change = compareMarks(before, mark)
      const filter = change === 'moved' ? kind.counter.changed(before, mark) : undefined
      if (change === 'other' || (change === 'moved' && filter === undefined)) {
        return unknown(`${context.url} counts its changes anew, or is another server than before`)
      }
      const touched = filter !== undefined && (await isThere(connection, allOf(kind.filter, filter)))
      if (change === 'moved' && !touched && !(await showsStamp(connection))) {
        return unknown(`${context.url} does not show ${kind.counter.stamp} of people`)
      }
      const accounts = touched ? await readChanged(connection, context, allOf(kind.filter, filter)) : nobody
      const ids = list
        ? await reader.readIds(connection, context, await kind.membership(connection, context))
        : undefined
      return { ...accounts, kind: 'changes', mark, ids } as const
    }
    return kind.connected<ChangesRead>(signal, read, before)
  }

  async function readChanged(
    connection: DirectoryConnection,
    context: ConnectionContext,
    filter: Filter,
  ): Promise<DirectoryRead> {
    const membership = await kind.membership(connection, context)
    const read = await reader.read(connection, context, membership, filter)
    return finishRead(read.accounts, read.showsLocks || (await showsLocks(connection, kind)))
  }

  /** An attribute that may not be read matches nothing, which looks as if nobody had changed. */
  function showsStamp(connection: DirectoryConnection): Promise<boolean> {
    return isThere(connection, allOf(kind.filter, new PresenceFilter({ attribute: kind.counter.stamp })))
  }

  return { openCounter, readSince, remedy: kind.counter.remedy }
}

const nobody: DirectoryRead = { accounts: [], locksKnown: true }

async function isThere(connection: DirectoryConnection, filter: Filter): Promise<boolean> {
  return (await connection.searchSome(filter, ['1.1'], 1)).length > 0
}

function unknown(reason: string): ChangesRead {
  return { kind: 'unknown', reason }
}
