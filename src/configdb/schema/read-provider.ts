import type { AccountSelection, ProviderSettings } from '../settings.js'
import { isOn } from './checks.js'
import { parseLdapFilter } from './ldap-filter.js'

/** A property's value, else its fixed default, else ''. */
export type Lookup = (record: string, property: string) => string

const LOCAL_BASE = 'dc=directory,dc=nh'

/**
 * The account provider with the defaults of the host's own tools (NethServer's SSSD library): they depend on the
 * kind of provider and on whether it is local. Empty texts stay where there is no default.
 */
export function readProvider(lookup: Lookup): ProviderSettings {
  const get = (property: string) => lookup('sssd', property)
  const provider = (['ldap', 'ad', 'file'] as const).find(kind => kind === get('Provider')) ?? 'none'
  const uri = get('LdapURI') || defaultUri(provider, get('Realm'))
  const onThisHost = isLoopback(uri)
  const localLdap = provider === 'ldap' && onThisHost
  const local = localLdap || (provider === 'ad' && lookup('nsdc', 'status') === 'enabled')
  const baseDn = get('BaseDN') || (localLdap ? LOCAL_BASE : realmDn(get('Realm')))
  // Over the Unix socket the server knows who asks: nobody needs a password there.
  const unixSocket = uri.toLowerCase().startsWith('ldapi://')
  const bindDn = get('BindDN') || (localLdap && !unixSocket ? `cn=ldapservice,${baseDn}` : '')
  const bindPassword = get('BindPassword')
  // Whoever names a server means that one; the realm alone stands for all of its domain controllers.
  const askDns = provider === 'ad' && get('LdapURI') === ''
  const plain = uri.toLowerCase().startsWith('ldap://')
  return {
    provider,
    file: get('File'),
    uri,
    baseDn,
    userDn: get('UserDN') || (localLdap ? `ou=People,${baseDn}` : baseDn),
    groupDn: get('GroupDN') || (localLdap ? `ou=Groups,${baseDn}` : baseDn),
    bindDn,
    bindPassword,
    passwordInSecretFile: localLdap && bindDn !== '' && bindPassword === '',
    // Inside ldaps:// or a Unix socket there is nothing left to encrypt.
    startTls: plain && (get('StartTls') === '' ? !local && bindDn !== '' : isOn(get('StartTls'))),
    caFile: get('CaFile'),
    tlsVerify: isOn(get('TlsVerify')),
    pageSize: Number(get('LdapPageSize')),
    activeDirectory: {
      realm: get('Realm'),
      discover:
        get('DiscoverDcType') === 'dns' || (askDns && get('DiscoverDcType') === '') ? 'dns' : 'ldapuri',
    },
    selection: readSelection(property => lookup('mattermost', property)),
  }
}

function readSelection(get: (property: string) => string): AccountSelection {
  const filterText = get('UserFilter').trim()
  const parsed = filterText === '' ? undefined : parseLdapFilter(filterText)
  return {
    filter: parsed !== undefined && 'filter' in parsed ? parsed.filter : undefined,
    filterText,
    // A DN has commas of its own.
    groups: get('UserGroup')
      .split(';')
      .flatMap(part => (part.includes('=') ? [part] : part.split(',')))
      .map(part => part.trim())
      .filter(part => part !== ''),
    exclude: get('ExcludeUsers')
      .split(/[,;]/)
      .map(part => part.trim())
      .filter(part => part !== ''),
  }
}

function defaultUri(provider: ProviderSettings['provider'], realm: string): string {
  if (provider === 'ldap') return 'ldap://127.0.0.1'
  return provider === 'ad' && realm !== '' ? `ldaps://${realm.toLowerCase()}` : ''
}

function isLoopback(uri: string): boolean {
  return /^(ldapi:\/\/|ldaps?:\/\/(127\.0\.0\.1|localhost|\[::1\])([:/]|$))/i.test(uri)
}

function realmDn(realm: string): string {
  if (realm === '') return ''
  return realm
    .toLowerCase()
    .split('.')
    .map(label => `dc=${label}`)
    .join(',')
}
