import type { ProviderSettings } from '../db/settings.js'
import { TeamchatError } from '../errors.js'
import type { AccountProvider, DirectoryRead, NamedRead } from './account.js'
import {
  activeDirectoryAccount,
  activeDirectoryAttributes,
  binaryAttributes,
  objectGuidOf,
} from './active-directory-account.js'
import {
  activeDirectoryFilter,
  activeDirectoryFilterText,
  activeDirectoryNamedFilters,
  controlFilter,
} from './active-directory-filter.js'
import { askedFor, type DirectoryEntry, finishRead, firstText, type ReadAccount } from './attributes.js'
import { bindPassword } from './bind-password.js'
import { type DirectoryConnection, directoryTimeout, withConnection } from './connection.js'
import { boundAs, type ConnectionContext, mayRead } from './connection-errors.js'
import { parseDn } from './dn.js'
import { domainControllers, firstThatAnswers, resolveByHost } from './domain-controllers.js'
import { mostNamesInFilter } from './filter.js'
import type { ProviderDependencies } from './provider.js'
import { parseServerAddress, type ServerAddress } from './server-address.js'
import { tlsTrust } from './tls-trust.js'

/** Milliseconds for connecting where another domain controller can be tried: a live one takes far less. */
const patienceWithOneOfMany = 4_000

/** Ports of the global catalog. */
const globalCatalog = [3268, 3269]

/**
 * The account provider of an Active Directory domain, by LDAP with a simple bind. Throws `directory.invalid` at
 * once where its settings cannot be used; everything else is found out by reading.
 *
 * References to other servers, an error elsewhere, are left alone: a search from the root of a domain always
 * brings those to its DNS and configuration partitions, where nobody has an account, and to other domains, which
 * this provider never reads. A domain controller holds its own domain whole, so none hides a part of it.
 */
export function createActiveDirectoryProvider(
  settings: ProviderSettings,
  deps: ProviderDependencies,
): AccountProvider {
  const base = settings.userDn
  if (base === '' || settings.uri === '') throw noDomain()
  const named = parseServerAddress(settings.uri)
  if (globalCatalog.includes(named.port)) throw incompleteCatalog(named)
  if (settings.bindDn === '') throw noBindAccount()
  const realm = realmOf(settings)
  const now = deps.now ?? Date.now
  const contextOf = (server: ServerAddress): ConnectionContext => ({
    url: server.url,
    bindDn: settings.bindDn,
    base,
    pageSize: settings.pageSize,
  })

  async function controllers() {
    const domain = settings.activeDirectory.realm.toLowerCase()
    if (settings.activeDirectory.discover === 'ldapuri' || domain === '') {
      return { servers: [named], complaint: undefined }
    }
    return domainControllers({
      domain,
      named,
      anyHost: settings.caFile !== '' && settings.tlsVerify,
      resolveSrv: deps.resolveSrv ?? resolveByHost,
      random: Math.random,
    })
  }

  async function connected<T>(
    signal: AbortSignal | undefined,
    work: (connection: DirectoryConnection, context: ConnectionContext) => Promise<T>,
  ): Promise<T> {
    const password = await bindPassword(settings, contextOf(named), deps)
    const caFile = settings.caFile === '' ? '' : deps.below(settings.caFile)
    const timeoutMs = deps.timeoutMs ?? directoryTimeout
    const attempt = async (server: ServerAddress, last: boolean): Promise<T> => {
      const context = contextOf(server)
      const encrypted = server.scheme === 'ldaps' || settings.startTls
      const wish = {
        ...context,
        server,
        startTls: settings.startTls,
        tls: encrypted ? await tlsTrust({ host: server.host, caFile, verify: settings.tlsVerify }) : {},
        password,
        timeoutMs,
        connectTimeoutMs: last ? timeoutMs : Math.min(timeoutMs, patienceWithOneOfMany),
        binaryAttributes,
        ignoreReferences: true,
        signal,
      }
      return withConnection(wish, connection => work(connection, context))
    }
    return firstThatAnswers(await controllers(), realm, attempt, signal)
  }

  async function readAll(signal?: AbortSignal): Promise<DirectoryRead> {
    return connected(signal, async (connection, context) => {
      const read = new Map<string, ReadAccount>()
      await connection.searchAll(activeDirectoryFilter(), activeDirectoryAttributes, entry =>
        keep(read, entry, context, now()),
      )
      const accounts = [...read.values()]
      // A domain always shows its own administrator; alone he means that nobody else may be seen.
      if (accounts.every(({ account }) => account.system)) throw emptyDirectory(context)
      return finishRead(
        accounts,
        accounts.some(account => account.showsPassword),
      )
    })
  }

  async function readNamed(
    who: { logins: string[]; ids: string[] },
    signal?: AbortSignal,
  ): Promise<NamedRead> {
    const wanted = askedFor(who)
    if (who.logins.length + who.ids.length > mostNamesInFilter) {
      const { accounts, locksKnown } = await readAll(signal)
      const othersSeen = accounts.some(account => !account.system && !wanted(account))
      return { accounts: accounts.filter(wanted), locksKnown, othersSeen }
    }
    const filters = activeDirectoryNamedFilters(who)
    return connected(signal, async (connection, context) => {
      const read = new Map<string, ReadAccount>()
      if (filters.named !== undefined) {
        await connection.searchAll(filters.named, activeDirectoryAttributes, entry =>
          keep(read, entry, context, now()),
        )
      }
      const found = [...read.values()].filter(({ account }) => wanted(account))
      const locksKnown = found.some(account => account.showsPassword) || (await showsControl(connection))
      const other = await connection.searchOne(filters.others, ['1.1'])
      return { ...finishRead(found, locksKnown), othersSeen: other !== undefined }
    })
  }

  return {
    description: `${settings.activeDirectory.discover === 'dns' ? realm : named.url}, ${base}`,
    // The domain, not the controller that answers: its ids are the same at each.
    identity: { provider: `ad:${realm}`, base, filter: activeDirectoryFilterText },
    watchedFile: undefined,
    readAll,
    readNamed,
  }
}

/** The Realm in upper case, else what the base says (dc=ad,dc=example → AD.EXAMPLE), else the base itself. */
function realmOf({ activeDirectory, baseDn, userDn }: ProviderSettings): string {
  if (activeDirectory.realm !== '') return activeDirectory.realm.toUpperCase()
  const base = baseDn === '' ? userDn : baseDn
  const labels = (parseDn(base) ?? []).flat().filter(part => part.type === 'dc')
  return labels.length === 0 ? base.toLowerCase() : labels.map(({ value }) => value.toUpperCase()).join('.')
}

async function showsControl(connection: DirectoryConnection): Promise<boolean> {
  const entry = await connection.searchOne(controlFilter(), ['userAccountControl'])
  return entry?.values.has('useraccountcontrol') ?? false
}

/** An entry that changes while pages are read may come twice: the later one counts. */
function keep(
  read: Map<string, ReadAccount>,
  entry: DirectoryEntry,
  context: ConnectionContext,
  now: number,
): void {
  const id = objectGuidOf(entry)
  if (id === undefined) throw hiddenAttribute(entry, 'objectGUID', context)
  const login = firstText(entry, 'samaccountname')
  if (login === '') throw hiddenAttribute(entry, 'sAMAccountName', context)
  read.set(id, activeDirectoryAccount(entry, { id, login }, now))
}

function noDomain(): TeamchatError {
  return new TeamchatError('directory.invalid', 'cannot read the directory: no Active Directory is named', {
    hint: 'name its domain: teamchat config setprop sssd Realm AD.EXAMPLE.ORG',
  })
}

function noBindAccount(): TeamchatError {
  // The host's own tools use the machine account with Kerberos; no LDAP library for Node speaks that.
  return new TeamchatError(
    'directory.invalid',
    'cannot read the directory: Active Directory shows nobody to an anonymous client, and no bind account is set (a Kerberos login of this machine is not supported)',
    {
      hint: 'set one that may read the people: teamchat config setprop sssd BindDN user@REALM BindPassword -',
    },
  )
}

function incompleteCatalog({ url }: ServerAddress): TeamchatError {
  return new TeamchatError(
    'directory.invalid',
    `cannot use ${url} as the directory: that is the global catalog, which does not hold the end of accounts`,
    { hint: 'name the domain controller in sssd LdapURI without a port: ldaps://dc1.ad.example.org' },
  )
}

function emptyDirectory(context: ConnectionContext): TeamchatError {
  return new TeamchatError(
    'directory.empty',
    `cannot use the directory ${context.url}: ${boundAs(context)} sees nobody but system accounts below ${context.base} (filter ${activeDirectoryFilterText})`,
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
    { hint: `let the bind account read ${attribute} of all people in the domain` },
  )
}
