import type { ProviderSettings } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import type { AccountProvider, ProviderDependencies } from '../account-provider.js'
import { firstText } from '../attributes.js'
import type { ChangeMark } from '../change-mark.js'
import { parseServerAddress, type ServerAddress, tlsTrust, transportOf } from '../ldap/address.js'
import { bindPassword } from '../ldap/bind-password.js'
import {
  type ConnectionRequest,
  directoryTimeout,
  openConnection,
  type ReachedStep,
  withConnection,
} from '../ldap/connection.js'
import { parseDn } from '../ldap/dn.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { selectionText } from '../selection.js'
import { createServerProvider } from '../server/provider.js'
import {
  activeDirectoryAccount,
  activeDirectoryAttributes,
  binaryAttributes,
  objectGuidOf,
} from './account.js'
import {
  type DomainControllers,
  domainControllers,
  firstThatAnswers,
  resolveByHost,
} from './domain-controllers.js'
import {
  activeDirectoryChanged,
  activeDirectoryCounter,
  activeDirectoryFilter,
  activeDirectoryFilterText,
  activeDirectoryMembership,
  activeDirectoryNamedFilters,
  activeDirectoryStamp,
  controlFilter,
  invocationId,
} from './queries.js'

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

  async function tryEach<T>(
    signal: AbortSignal | undefined,
    near: ChangeMark | undefined,
    act: (wish: ConnectionRequest, context: ConnectionContext) => Promise<T>,
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
        binaryAttributes: [...binaryAttributes, invocationId],
        ignoreReferences: true,
        signal,
      }
      return act(wish, context)
    }
    return firstThatAnswers(withFirst(await controllers(), near), realm, attempt, signal)
  }

  const { selection } = settings
  return createServerProvider(
    {
      description: `${settings.activeDirectory.discover === 'dns' ? realm : named.url}, ${base}`,
      // The domain, not the controller that answers: its ids are the same at each.
      identity: {
        provider: `ad:${realm}`,
        base,
        filter: selectionText(activeDirectoryFilterText, selection),
      },
      filter: activeDirectoryFilter(),
      attributes: activeDirectoryAttributes,
      idOf: objectGuidOf,
      loginOf: entry => firstText(entry, 'samaccountname') || undefined,
      accountOf: activeDirectoryAccount,
      namedFilters: activeDirectoryNamedFilters,
      locks: { filter: controlFilter(), attribute: 'userAccountControl' },
      idAttribute: 'objectGUID',
      loginAttribute: 'sAMAccountName',
      grant: attribute => `${attribute} of all people in the domain`,
      membership: (connection, context) =>
        activeDirectoryMembership(connection, context, selection.groups, {
          groupDn: settings.groupDn || base,
          domainDn: settings.baseDn || base,
        }),
      counter: {
        read: (connection, context) => activeDirectoryCounter(connection, context.url),
        changed: activeDirectoryChanged,
        stamp: activeDirectoryStamp,
        remedy: 'name a domain controller in sssd LdapURI that shows its rootDSE',
      },
      connected: (signal, work, near) =>
        tryEach(signal, near, (wish, context) =>
          withConnection(wish, connection => work(connection, context)),
        ),
      open: (signal, near, reached) =>
        tryEach(signal, near, async (wish, context) => {
          const told = reached && { reached: (step: ReachedStep) => reached(step, context.url) }
          return { connection: await openConnection({ ...wish, ...told }), context }
        }),
      transport: transportOf(named, settings),
    },
    selection,
    deps.now ?? Date.now,
  )
}

/** Each controller counts its changes for itself: whoever follows them goes back to the same one. */
function withFirst(found: DomainControllers, near: ChangeMark | undefined): DomainControllers {
  if (near?.kind !== 'usn') return found
  const rank = (server: ServerAddress) => (server.url === near.url ? 0 : 1)
  return { ...found, servers: found.servers.toSorted((a, b) => rank(a) - rank(b)) }
}

/** The Realm in upper case, else what the base says (dc=ad,dc=example → AD.EXAMPLE), else the base itself. */
function realmOf({ activeDirectory, baseDn, userDn }: ProviderSettings): string {
  if (activeDirectory.realm !== '') return activeDirectory.realm.toUpperCase()
  const base = baseDn === '' ? userDn : baseDn
  const labels = (parseDn(base) ?? []).flat().filter(part => part.type === 'dc')
  return labels.length === 0 ? base.toLowerCase() : labels.map(({ value }) => value.toUpperCase()).join('.')
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
