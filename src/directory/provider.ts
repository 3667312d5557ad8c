import type { ProviderSettings } from '../configdb/settings.js'
import { TeamchatError } from '../errors.js'
import type { AccountProvider, ProviderDependencies } from './account-provider.js'
import { createActiveDirectoryProvider } from './active-directory/active-directory.js'
import { createLdifFileProvider } from './ldif/ldif-file.js'
import { createOpenLdapProvider } from './openldap/openldap.js'

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
