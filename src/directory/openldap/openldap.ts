import type { ProviderSettings } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import type { AccountProvider, ProviderDependencies } from '../account-provider.js'

import { accountAttributes, accountOf, entryUuidOf, loginOf } from '../attributes.js'
import { bindPassword } from '../ldap/bind-password.js'
import {
  type ConnectionRequest,
  directoryTimeout,
  openConnection,
  type ReachedStep,
  withConnection,
} from '../ldap/connection.js'
import type { ConnectionContext } from '../ldap/errors.js'
import { accountFilter, accountFilterText, namedFilters, passwordFilter } from '../ldap/filter.js'
import { parseServerAddress } from '../ldap/server-address.js'
import { tlsTrust } from '../ldap/tls-trust.js'
import { transportOf } from '../ldap/transport.js'
import { findUsualSocket } from '../ldap/unix-socket.js'

import { selectionText } from '../selection.js'
import { createServerProvider } from '../server/provider.js'
import { openLdapChanged, openLdapCounter, openLdapStamp } from './changes.js'
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
