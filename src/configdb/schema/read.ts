import { deepFreeze } from '../frozen.js'
import type {
  AccountSelection,
  MattermostSettings,
  ProviderSettings,
  Settings,
  SettingsProblem,
} from '../settings.js'
import type { DbSnapshot } from '../snapshot.js'
import { isOn, secondsOf } from './checks.js'
import { parseLdapFilter } from './ldap-filter.js'
import { checkProperty, findKnown, knownProperties, nameOf } from './schema.js'

/** What the settings need to know of the host. */
export interface HostFacts {
  /** The full host name where it counts (only for the default DB on the real system), else undefined. */
  hostname: string | undefined
  /** True where Server Manager and the stock tools live. */
  isEsmith: boolean
}

/**
 * All settings with their defaults worked out, frozen, and what is wrong in the DB. A wrong value reads as its
 * default: whoever acts on settings looks at `problems` first. The properties of a problem are `line N` for a broken
 * line, else `record.Property`.
 */
export function readSettings(
  snapshot: DbSnapshot,
  facts: HostFacts,
): { settings: Settings; problems: SettingsProblem[] } {
  const problems = [...snapshot.problems, ...findProblems(snapshot)]
  const wrong = new Set(problems.map(problem => problem.property))
  const explicit = new Set<string>()
  for (const { record, property } of knownProperties) {
    if (storedValue(snapshot, record, property) !== '') explicit.add(nameOf(record, property))
  }
  const get: Lookup = (record, property) => {
    const stored = wrong.has(nameOf(record, property)) ? '' : storedValue(snapshot, record, property)
    if (stored !== '') return stored
    const fallback = findKnown(record, property)?.fallback ?? ''
    return fallback.startsWith('<') ? '' : fallback
  }
  const domainName = domainOf(facts.hostname) || get('DomainName', '')
  const company = get('OrganizationContact', 'Company')
  const webServer = snapshot.record('httpd') === undefined ? 'apache2' : 'httpd'
  const settings: Settings = {
    revision: snapshot.revision,
    mattermost: readMattermost(get, domainName, facts),
    teamchatd: {
      debounceMs: Number(get('teamchatd', 'QuietMs')),
      maxWaitMs: Number(get('teamchatd', 'MaxWaitMs')),
      startTimeout: Number(get('teamchatd', 'StartTimeout')),
      historyKeep: Number(get('teamchatd', 'HistoryKeep')),
      hookTimeout: Number(get('teamchatd', 'HookTimeout')),
    },
    provider: readProvider(get),
    pki: {
      certificateFile: get('pki', 'CrtFile'),
      keyFile: get('pki', 'KeyFile'),
      chainFile: get('pki', 'ChainFile'),
    },
    company,
    domainName,
    httpd: {
      enabled: get(webServer, 'status') === 'enabled',
      platform: oneOf(get('httpd', 'Platform') || get('apache2', 'Platform'), 'debian', 'rhel'),
    },
    explicit,
  }
  return { settings: deepFreeze(settings), problems }
}

/** The part of a host name behind its first dot; '' for a short name, with which the DB's own value counts. */
export function domainOf(hostname: string | undefined): string {
  const dot = hostname?.indexOf('.') ?? -1
  return dot < 1 ? '' : (hostname?.slice(dot + 1) ?? '')
}

function findProblems(snapshot: DbSnapshot): SettingsProblem[] {
  const found: SettingsProblem[] = []
  for (const { record, property } of knownProperties) {
    const value = property === '' ? snapshot.record(record)?.type : snapshot.prop(record, property)
    const problem = value === undefined ? undefined : checkProperty(record, property, value)
    if (problem !== undefined) found.push(problem)
  }
  return found
}

function storedValue(snapshot: DbSnapshot, record: string, property: string): string {
  return (property === '' ? snapshot.record(record)?.type : snapshot.prop(record, property)) ?? ''
}

function readMattermost(lookup: Lookup, domainName: string, facts: HostFacts): MattermostSettings {
  const get = (property: string) => lookup('mattermost', property)
  const home = withoutEndSlash(get('Home'))
  const siteHost = URL.canParse(get('SiteURL')) ? new URL(get('SiteURL')).hostname : ''
  const virtualHost = get('VirtualHost') || siteHost || (domainName === '' ? '' : `mattermost.${domainName}`)
  const listenAddress = get('ListenAddress') || `127.0.0.1:${get('ListenPort')}`
  const ownData = facts.isEsmith ? '/var/lib/nethserver/mattermost/data/' : `${home}/data/`
  return {
    status: oneOf(get('status'), 'enabled', 'disabled'),
    virtualHost,
    siteUrl: get('SiteURL') || (virtualHost === '' ? '' : `https://${virtualHost}`),
    home,
    unit: get('Unit'),
    webServer: oneOf(get('WebServer'), 'apache', 'none') ?? 'apache',
    certificateFile: get('CertificateFile'),
    keyFile: get('KeyFile'),
    chainFile: get('ChainFile'),
    acmeWebroot: withoutEndSlash(get('AcmeWebroot')),
    listenPort: Number(listenAddress.slice(listenAddress.lastIndexOf(':') + 1)),
    listenAddress,
    databaseHost: get('DatabaseHost'),
    databasePort: Number(get('DatabasePort')),
    databaseName: get('DatabaseName'),
    databaseUser: get('DatabaseUser'),
    // Mattermost itself puts the slash at the end.
    dataDirectory: `${withoutEndSlash(get('DataDirectory') || ownData)}/`,
    localSocket: get('LocalSocket'),
    sendEmail: isOn(get('SendEmail')),
    smtpServer: get('SmtpServer'),
    smtpPort: Number(get('SmtpPort')),
    feedbackEmail: get('FeedbackEmail') || (domainName === '' ? '' : `no-reply@${domainName}`),
    sendPush: isOn(get('SendPush')),
    pushContents: oneOf(get('PushContents'), 'full', 'generic', 'generic_no_channel', 'id_loaded') ?? 'full',
    pushServer: get('PushServer'),
    maxUsersPerTeam: Number(get('MaxUsersPerTeam')),
    team: get('Team'),
    userSync: oneOf(get('UserSync'), 'off', 'events', 'full') ?? 'events',
    pollInterval: Number(get('PollInterval')),
    syncInterval: Number(get('SyncInterval')),
    fullReadInterval: Number(get('FullReadInterval')),
    firstAdmin: oneOf(get('FirstAdmin'), 'wizard', 'first-imported') ?? 'wizard',
    newUserPassword: oneOf(get('NewUserPassword'), 'random', 'mail') ?? 'random',
    credentialDays: Number(get('CredentialDays')),
    emailFrom: oneOf(get('EmailFrom'), 'mail', 'name') ?? 'mail',
    goneAfterMs: (secondsOf(get('GoneAfter')) ?? 86_400) * 1000,
    maxDeactivate: get('MaxDeactivate') === '' ? undefined : Number(get('MaxDeactivate')),
    maxCreate: Number(get('MaxCreate')),
    releaseNames: get('ReleaseNames') === 'yes',
    onPasswordModify: oneOf(get('OnPasswordModify'), 'ignore', 'end-sessions') ?? 'ignore',
  }
}

/** `value` where it is one of `words`; the type of a checked choice. */
function oneOf<const Word extends string>(value: string, ...words: Word[]): Word | undefined {
  return words.find(word => word === value)
}

function withoutEndSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '')
}

/** A property's value, else its fixed default, else ''. */
export type Lookup = (record: string, property: string) => string

const LOCAL_BASE = 'dc=directory,dc=nh'

/**
 * The account provider with the defaults of the host's own tools (NethServer's SSSD library): they depend on the
 * kind of provider and on whether it is local. Empty texts stay where there is no default.
 */
function readProvider(lookup: Lookup): ProviderSettings {
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
