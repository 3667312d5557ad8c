import type { ProviderSettings } from '../../src/configdb/settings.js'

/** The settings of an account provider as they are where the DB names nothing else, for OpenLDAP and everybody in it. */
export function providerSettings(over: Partial<ProviderSettings>): ProviderSettings {
  return {
    provider: 'ldap',
    file: '',
    uri: '',
    baseDn: '',
    userDn: '',
    groupDn: '',
    bindDn: '',
    bindPassword: '',
    passwordInSecretFile: false,
    startTls: false,
    caFile: '',
    tlsVerify: true,
    pageSize: 1000,
    activeDirectory: { realm: '', discover: 'ldapuri' },
    selection: { filter: undefined, filterText: '', groups: [], exclude: [] },
    ...over,
  }
}
