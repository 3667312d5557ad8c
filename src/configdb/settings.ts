import type { Platform } from '../paths.js'
import type { LdapFilter } from './schema/ldap-filter.js'

/** The record `mattermost`, checked and with its defaults; '' stands for "not set" in texts. */
export interface MattermostSettings {
  /** undefined: the record or its explicit `status` is missing, so this Mattermost is not managed by us. */
  status: 'enabled' | 'disabled' | undefined
  virtualHost: string
  siteUrl: string
  home: string
  unit: string
  webServer: 'apache' | 'none'
  certificateFile: string
  keyFile: string
  chainFile: string
  acmeWebroot: string
  listenPort: number
  listenAddress: string
  databaseHost: string
  databasePort: number
  databaseName: string
  databaseUser: string
  dataDirectory: string
  localSocket: string
  sendEmail: boolean
  smtpServer: string
  smtpPort: number
  feedbackEmail: string
  sendPush: boolean
  pushContents: 'full' | 'generic' | 'generic_no_channel' | 'id_loaded'
  pushServer: string
  maxUsersPerTeam: number
  /** A team's name, 'none', or '' for the one named after the company. */
  team: string
  userSync: 'off' | 'events' | 'full'
  /** userSync full: seconds between two looks at whether the directory has changed. */
  pollInterval: number
  /** userSync full: at least so many seconds between two listings of everybody because something has changed. */
  syncInterval: number
  /** userSync full: seconds after which the whole directory is read in any case. */
  fullReadInterval: number
  firstAdmin: 'wizard' | 'first-imported'
  newUserPassword: 'random' | 'mail'
  /** Days for which a password that nobody has used is kept; 0: for ever. */
  credentialDays: number
  /** Which source of an e-mail address wins. */
  emailFrom: 'mail' | 'name'
  /** Milliseconds that somebody must be gone before being deactivated. */
  goneAfterMs: number
  /** People in an hour; undefined: by the number of linked ones. */
  maxDeactivate: number | undefined
  maxCreate: number
  /** A former person's username is freed for a new person of that name, without a command. */
  releaseNames: boolean
  /** Whether a changed password in the directory ends the person's sessions in Mattermost. */
  onPasswordModify: 'ignore' | 'end-sessions'
}

/** The record `teamchatd`. */
export interface DaemonSettings {
  /** Milliseconds without a further save before a change of the DB is taken up. */
  debounceMs: number
  /** At most so many milliseconds after the first save. */
  maxWaitMs: number
  /** Seconds that a service may take to start. */
  startTimeout: number
  /** Generations that are kept. */
  historyKeep: number
  /** Seconds that an executable hook may run. */
  hookTimeout: number
}

/** The records `sssd` and `nsdc`: the account provider. Defaults that depend on each other are already worked out. */
export interface ProviderSettings {
  provider: 'none' | 'file' | 'ldap' | 'ad'
  /** Provider=file: the LDIF file, as the administrator names it (below --root). */
  file: string
  uri: string
  baseDn: string
  userDn: string
  groupDn: string
  /** '' binds anonymously, and over ldapi:// as the Unix user. */
  bindDn: string
  /** '' where the secret file `ldapservice` counts (local LDAP without BindPassword). */
  bindPassword: string
  /** True where an empty bindPassword means the secret file `ldapservice`. */
  passwordInSecretFile: boolean
  startTls: boolean
  caFile: string
  tlsVerify: boolean
  pageSize: number
  activeDirectory: {
    /** The Kerberos realm, which is the domain, as it stands in the DB; '' where not set. */
    realm: string
    /** `dns`: its domain controllers by SRV records, then `uri`. `ldapuri`: only `uri`. */
    discover: 'dns' | 'ldapuri'
  }
  selection: AccountSelection
}

/** Who of the provider's accounts counts: properties of the record `mattermost`. */
export interface AccountSelection {
  /** UserFilter, taken apart; undefined: everybody. */
  filter: LdapFilter | undefined
  filterText: string
  /** UserGroup: names or DNs, in the order in which seats are given. None: everybody. */
  groups: string[]
  /** ExcludeUsers: logins, with `*` for any characters and `?` for one. */
  exclude: string[]
}

/** All that teamchatd takes from the DB, in one frozen value. */
export interface Settings {
  /** Hash of the records, not of the file: an equal DB has an equal revision. */
  revision: string
  mattermost: MattermostSettings
  teamchatd: DaemonSettings
  provider: ProviderSettings
  /** pki: CrtFile, KeyFile, ChainFile; '' where not set. */
  pki: { certificateFile: string; keyFile: string; chainFile: string }
  /** OrganizationContact Company, '' where not set. */
  company: string
  /** '' where unknown. */
  domainName: string
  /** From the record `httpd`, else `apache2`. */
  httpd: { enabled: boolean; platform: Platform | undefined }
  /** Known properties that stand in the DB with a value, as `mattermost.SmtpServer`. */
  explicit: ReadonlySet<string>
}

/** A value in the DB that cannot be used. */
export interface SettingsProblem {
  /** `mattermost.VirtualHost` */
  property: string
  /** "cannot use 'a b' as VirtualHost: …" with the value quoted, never that of a secret. */
  message: string
  hint: string
}
