import { type Filter, GreaterThanEqualsFilter } from 'ldapts'
import type { ProviderSettings } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import type { AccountProvider, ProviderDependencies } from '../account-provider.js'
import { accountAttributes, accountOf, entryUuidOf, loginOf, textsOf } from '../attributes.js'
import { type ChangeMark, type CounterReading, changedFrom } from '../change-mark.js'
import { findUsualSocket, parseServerAddress, tlsTrust, transportOf } from '../ldap/address.js'
import { bindPassword } from '../ldap/bind-password.js'
import {
  type ConnectionRequest,
  type DirectoryConnection,
  directoryTimeout,
  openConnection,
  type ReachedStep,
  withConnection,
} from '../ldap/connection.js'
import { parseDn } from '../ldap/dn.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { accountFilter, accountFilterText, namedFilters, passwordFilter } from '../ldap/filter.js'
import { selectionText } from '../selection.js'
import { createServerProvider } from '../server/provider.js'
import { openLdapMembership } from './groups.js'

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
  const { selection } = settings
  const context: ConnectionContext = {
    url: server.url,
    bindDn: settings.bindDn,
    external: server.scheme === 'ldapi' && settings.bindDn === '',
    base,
    pageSize: settings.pageSize,
  }

  async function wish(signal: AbortSignal | undefined): Promise<ConnectionRequest> {
    const encrypted = server.scheme === 'ldaps' || settings.startTls
    const caFile = settings.caFile === '' ? '' : deps.below(settings.caFile)
    return {
      ...context,
      server,
      startTls: settings.startTls,
      tls: encrypted ? await tlsTrust({ host: server.host, caFile, verify: settings.tlsVerify }) : {},
      password: await bindPassword(settings, context, deps),
      timeoutMs: deps.timeoutMs ?? directoryTimeout,
      signal,
      ...(server.scheme === 'ldapi' ? { socketPath: await socketPath() } : {}),
    }
  }

  async function socketPath(): Promise<string> {
    return server.path === '' ? findUsualSocket(deps.below) : deps.below(server.path)
  }

  return createServerProvider(
    {
      description: `${server.url}, ${base}`,
      identity: { provider: server.url, base, filter: selectionText(accountFilterText, selection) },
      filter: accountFilter(),
      attributes: selection.groups.length === 0 ? accountAttributes : [...accountAttributes, 'gidNumber'],
      idOf: entryUuidOf,
      loginOf,
      accountOf,
      namedFilters,
      locks: { filter: passwordFilter(), attribute: 'userPassword' },
      idAttribute: 'entryUUID',
      loginAttribute: 'uid',
      grant: attribute =>
        `${attribute}, in slapd: access to attrs=entry,${attribute} by dn.exact="${settings.bindDn}" read`,
      membership: (connection, at) =>
        openLdapMembership(connection, at, selection.groups, settings.groupDn || base),
      counter: {
        read: connection => openLdapCounter(connection, base),
        changed: openLdapChanged,
        stamp: openLdapStamp,
        remedy:
          'put the overlay syncprov on the database (docs/reference/people.md), and let the bind account read contextCSN',
      },
      connected: async (signal, work) =>
        withConnection(await wish(signal), connection => work(connection, context)),
      open: async (signal, _near, reached) => {
        const told = reached && { reached: (step: ReachedStep) => reached(step, server.url) }
        return { connection: await openConnection({ ...(await wish(signal)), ...told }), context }
      },
      transport: transportOf(server, settings),
    },
    selection,
    deps.now ?? Date.now,
  )
}

/** What every entry carries since its last change; slapd compares it in order, by an index where there is one. */
const openLdapStamp = 'entryCSN'

/** LDAP Content Synchronization (RFC 4533), which overlay syncprov brings. */
const syncControl = '1.3.6.1.4.1.4203.1.9.1.1'

/** Reads contextCSN of the database that holds `base`; it stands at the database's suffix alone. */
async function openLdapCounter(connection: DirectoryConnection, base: string): Promise<CounterReading> {
  const root = await connection.readEntry('', ['namingContexts', 'supportedControl'])
  if (root !== undefined && !textsOf(root, 'supportedcontrol').includes(syncControl)) {
    // Without it contextCSN may be there all the same, from slapadd, and never moves.
    return { kind: 'none', reason: 'the server has no overlay syncprov, which counts changes (contextCSN)' }
  }
  const suffix = suffixOf(base, root === undefined ? [] : textsOf(root, 'namingcontexts'))
  const entry = await connection.readEntry(suffix, ['contextCSN'])
  const values = entry === undefined ? [] : textsOf(entry, 'contextcsn')
  if (values.length > 0) return { kind: 'csn', values }
  return {
    kind: 'none',
    reason: `${suffix} shows no contextCSN: it has no overlay syncprov, or the bind account may not read it`,
  }
}

/** Entries that were written between two marks, and perhaps the last one before; undefined: that cannot be told. */
function openLdapChanged(before: ChangeMark, now: ChangeMark): Filter | undefined {
  if (before.kind !== 'csn' || now.kind !== 'csn') return undefined
  const value = changedFrom(before.values, now.values)
  return value === undefined ? undefined : new GreaterThanEqualsFilter({ attribute: openLdapStamp, value })
}

/** The longest naming context above `base`; `base` itself where the server names none. */
export function suffixOf(base: string, contexts: readonly string[]): string {
  const wanted = namesOf(base)
  const above = contexts
    .map(dn => ({ dn, names: namesOf(dn) }))
    .filter(
      ({ names }) => names.length > 0 && names.every((name, at) => wanted.at(at - names.length) === name),
    )
    .sort((a, b) => b.names.length - a.names.length)
  return above[0]?.dn ?? base
}

function namesOf(dn: string): string[] {
  return (parseDn(dn) ?? []).map(parts =>
    parts
      .map(({ type, value }) => `${type}=${value.toLowerCase().trim()}`)
      .sort()
      .join('+'),
  )
}
