import type { AccountSelection } from '../../configdb/settings.js'
import type { DirectoryRead, NamedRead, ReadOptions } from '../account.js'
import type { AccountProvider } from '../account-provider.js'
import { askedFor, finishRead } from '../attributes.js'
import type { DirectoryConnection } from '../ldap/connection.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { mostNamesInFilter } from '../ldap/filter.js'
import { everybody } from '../selection.js'
import { AccountReader, emptyDirectory, isBroughtAlong, showsLocks, showsNobody } from './account-reader.js'
import { createServerChanges } from './changes.js'
import type { ServerKind } from './server-kind.js'
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
