import type { ProviderSettings } from '../db/settings.js'
import { TeamchatError } from '../errors.js'
import type { AccountProvider, DirectoryRead, NamedRead } from './account.js'
import {
  accountAttributes,
  accountOf,
  askedFor,
  type DirectoryEntry,
  entryUuidOf,
  finishRead,
  loginOf,
  type ReadAccount,
} from './attributes.js'
import { bindPassword } from './bind-password.js'
import {
  type ConnectionWish,
  type DirectoryConnection,
  directoryTimeout,
  withConnection,
} from './connection.js'
import { boundAs, type ConnectionContext, mayRead } from './connection-errors.js'
import {
  accountFilter,
  accountFilterText,
  mostNamesInFilter,
  namedFilters,
  passwordFilter,
} from './filter.js'
import type { ProviderDependencies } from './provider.js'
import { parseServerAddress } from './server-address.js'
import { tlsTrust } from './tls-trust.js'

/**
 * The account provider of an OpenLDAP server. Throws `directory.invalid` at once where address or base cannot
 * be used; everything else is found out by reading.
 */
export function createOpenLdapProvider(
  settings: ProviderSettings,
  deps: ProviderDependencies,
): AccountProvider {
  const server = parseServerAddress(settings.uri)
  const base = settings.userDn
  if (base === '') {
    throw new TeamchatError('directory.invalid', 'cannot read the directory: no base is set', {
      hint: 'set it, for example: teamchat config setprop sssd BaseDN dc=example,dc=org',
    })
  }
  const context: ConnectionContext = {
    url: server.url,
    bindDn: settings.bindDn,
    base,
    pageSize: settings.pageSize,
  }
  const now = deps.now ?? Date.now

  async function connected<T>(
    signal: AbortSignal | undefined,
    work: (connection: DirectoryConnection) => Promise<T>,
  ): Promise<T> {
    const encrypted = server.scheme === 'ldaps' || settings.startTls
    const wish: ConnectionWish = {
      ...context,
      server,
      startTls: settings.startTls,
      tls: encrypted
        ? await tlsTrust({
            host: server.host,
            caFile: settings.caFile === '' ? '' : deps.below(settings.caFile),
            verify: settings.tlsVerify,
          })
        : {},
      password: await bindPassword(settings, context, deps),
      timeoutMs: deps.timeoutMs ?? directoryTimeout,
      signal,
    }
    return withConnection(wish, work)
  }

  async function readAll(signal?: AbortSignal): Promise<DirectoryRead> {
    const read = new Map<string, ReadAccount>()
    await connected(signal, connection =>
      connection.searchAll(accountFilter(), accountAttributes, entry => keep(read, entry, context, now())),
    )
    if (read.size === 0) throw emptyDirectory(context)
    const accounts = [...read.values()]
    return finishRead(
      accounts,
      accounts.some(account => account.showsPassword),
    )
  }

  async function readNamed(
    who: { logins: string[]; ids: string[] },
    signal?: AbortSignal,
  ): Promise<NamedRead> {
    const wanted = askedFor(who)
    if (who.logins.length + who.ids.length > mostNamesInFilter) {
      const { accounts, locksKnown } = await readAll(signal)
      const named = accounts.filter(wanted)
      return { accounts: named, locksKnown, othersSeen: named.length < accounts.length }
    }
    const filters = namedFilters(who)
    return connected(signal, async connection => {
      const read = new Map<string, ReadAccount>()
      if (filters.named !== undefined) {
        await connection.searchAll(filters.named, accountAttributes, entry =>
          keep(read, entry, context, now()),
        )
      }
      const found = [...read.values()].filter(({ account }) => wanted(account))
      const locksKnown = found.some(account => account.showsPassword) || (await showsAnyPassword(connection))
      const other = await connection.searchOne(filters.others, ['1.1'])
      return { ...finishRead(found, locksKnown), othersSeen: other !== undefined }
    })
  }

  return {
    description: `${server.url}, ${base}`,
    identity: { provider: server.url, base, filter: accountFilterText },
    watchedFile: undefined,
    readAll,
    readNamed,
  }
}

/** Asks for the value too: a server may let somebody search for an attribute that it does not show. */
async function showsAnyPassword(connection: DirectoryConnection): Promise<boolean> {
  const entry = await connection.searchOne(passwordFilter(), ['userPassword'])
  return entry?.values.has('userpassword') ?? false
}

/** An entry that changes while pages are read may come twice: the later one counts. */
function keep(
  read: Map<string, ReadAccount>,
  entry: DirectoryEntry,
  context: ConnectionContext,
  now: number,
): void {
  const id = entryUuidOf(entry)
  if (id === undefined) throw hiddenAttribute(entry, 'entryUUID', context)
  const login = loginOf(entry)
  if (login === undefined) throw hiddenAttribute(entry, 'uid', context)
  read.set(id, accountOf(entry, { id, login }, now))
}

function emptyDirectory(context: ConnectionContext): TeamchatError {
  return new TeamchatError(
    'directory.empty',
    `cannot use the directory ${context.url}: ${boundAs(context)} sees nobody below ${context.base} (filter ${accountFilterText})`,
    { hint: `check sssd UserDN and BaseDN; ${mayRead(context)}` },
  )
}

function hiddenAttribute(
  entry: DirectoryEntry,
  attribute: string,
  context: ConnectionContext,
): TeamchatError {
  return new TeamchatError(
    'directory.invalid',
    `cannot use the directory ${context.url}: it shows ${boundAs(context)} no ${attribute} of ${JSON.stringify(entry.dn)}`,
    {
      hint: `let the bind account read ${attribute}, in slapd: access to attrs=entry,${attribute} by dn.exact="${context.bindDn}" read`,
    },
  )
}
