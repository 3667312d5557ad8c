import type { ProviderSettings } from '../configdb/settings.js'
import { TeamchatError } from '../errors.js'
import type { AccountProvider } from './account.js'
import { createActiveDirectoryProvider } from './active-directory/active-directory.js'
import type { SrvRecord } from './active-directory/domain-controllers.js'
import { createLdifFileProvider } from './ldif/ldif-file.js'
import { createOpenLdapProvider } from './openldap/openldap.js'

/** What a provider needs of the world. */
export interface ProviderDependencies {
  /** Puts an absolute path below --root. */
  below(path: string): string
  /** The one line of a secret file, undefined where it is missing. */
  readSecret(name: string): Promise<string | undefined>
  /** Where that secret file lies, for messages. */
  secretFile?(name: string): string
  /** Milliseconds since 1970, for accounts that end on a date. */
  now?(): number
  /** Milliseconds for connecting and for each answer of a server; default 15 s. */
  timeoutMs?: number
  /** Looks up SRV records in DNS; rejects as node:dns does. Default: the host's name servers. */
  resolveSrv?(name: string): Promise<SrvRecord[]>
}

/**
 * The account provider that the records `sssd` and `nsdc` name. Nothing is read yet. Throws
 * `directory.invalid` where none is named, or where its settings cannot be used.
 */
export function createProvider(settings: ProviderSettings, deps: ProviderDependencies): AccountProvider {
  switch (settings.provider) {
    case 'ldap':
      return createOpenLdapProvider(settings, deps)
    case 'file':
      return createLdifFileProvider(settings, deps)
    case 'ad':
      return createActiveDirectoryProvider(settings, deps)
    case 'none':
      throw new TeamchatError(
        'directory.invalid',
        'cannot read the directory: the record sssd names no account provider',
        { hint: 'name one: teamchat config setprop sssd Provider ldap LdapURI ldap://127.0.0.1' },
      )
  }
}
