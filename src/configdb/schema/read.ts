import { deepFreeze } from '../frozen.js'
import type { MattermostSettings, Settings, SettingsProblem } from '../settings.js'
import type { DbSnapshot } from '../snapshot.js'
import { isOn, secondsOf } from './checks.js'
import { type Lookup, readProvider } from './read-provider.js'
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
