/** A value of config.json as it stands there. */
export type LeafValue = string | number | boolean

/** One leaf of config.json that teamchatd cares for. */
export interface LeafRule {
  /** `Section.Key` */
  name: string
  /** enforced: always ours. initial: set once, where Mattermost's own value still stands; tracked if `property` is explicit. */
  class: 'enforced' | 'initial'
  /** What makes a new value take effect; tried on Mattermost 11.2. */
  how: 'restart' | 'reload'
  /** An initial leaf is tracked while this property stands in the DB. */
  property?: string
  /**
   * Likewise, but the property says something else in the first place (the company's name): what the site has in the
   * leaf stays at first, and only a later change of the property reaches it.
   */
  follows?: string
  /** What may have caused a change, for people. */
  causes: string[]
  /** Values that Mattermost ships, in all of its versions; a missing leaf counts as shipped. The first one shows the type. */
  shipped: [LeafValue, ...LeafValue[]]
  /** How two values are compared; Mattermost adds a slash to folders and takes one from addresses. */
  compare: 'exact' | 'folder' | 'address'
  /** Never shown, and never kept in the state file. */
  secret: boolean
}

const DATA_SOURCE = 'postgres://mmuser:mostest@localhost/mattermost_test?sslmode=disable&connect_timeout=10'
const MYSQL_SOURCE = 'mmuser:mostest@tcp(localhost:3306)/mattermost_test?charset=utf8mb4,utf8'

function enforced(
  name: string,
  how: LeafRule['how'],
  shipped: LeafRule['shipped'],
  more: Partial<LeafRule> = {},
): LeafRule {
  return { name, class: 'enforced', how, shipped, causes: [], compare: 'exact', secret: false, ...more }
}

function initial(name: string, shipped: LeafRule['shipped'], more: Partial<LeafRule> = {}): LeafRule {
  const causes = [more.property, more.follows].filter(cause => cause !== undefined)
  return { name, class: 'initial', how: 'reload', shipped, causes, compare: 'exact', secret: false, ...more }
}

/**
 * The leaves of config.json that the shipped templates set; a leaf that is not listed is never touched.
 * Shipped values: `SetDefaults` of Mattermost 5 to 11 and the config.json that its archives brought.
 */
export const leafRules: readonly LeafRule[] = [
  enforced('SqlSettings.DriverName', 'restart', ['postgres', 'mysql']),
  enforced(
    'SqlSettings.DataSource',
    'restart',
    [
      DATA_SOURCE,
      `${DATA_SOURCE}&binary_parameters=yes`,
      '',
      MYSQL_SOURCE,
      `${MYSQL_SOURCE}&readTimeout=30s&writeTimeout=30s`,
    ],
    {
      causes: [
        'mattermost.DatabaseHost',
        'mattermost.DatabasePort',
        'mattermost.DatabaseName',
        'mattermost.DatabaseUser',
      ],
      secret: true,
    },
  ),
  enforced('FileSettings.Directory', 'restart', ['./data/', ''], {
    causes: ['mattermost.DataDirectory'],
    compare: 'folder',
  }),
  enforced('ServiceSettings.ListenAddress', 'restart', [':8065', ''], {
    causes: ['mattermost.ListenPort', 'mattermost.ListenAddress'],
  }),
  enforced('ServiceSettings.SiteURL', 'reload', ['', 'http://localhost:8065'], {
    causes: ['mattermost.VirtualHost', 'mattermost.SiteURL', 'DomainName'],
    compare: 'address',
  }),
  enforced('ServiceSettings.EnableLocalMode', 'restart', [false]),
  enforced('ServiceSettings.LocalModeSocketLocation', 'restart', ['/var/tmp/mattermost_local.socket', ''], {
    causes: ['mattermost.LocalSocket'],
  }),
  initial('LogSettings.EnableConsole', [true]),
  initial('LogSettings.EnableFile', [true]),
  initial('LogSettings.FileLevel', ['INFO', 'info', '']),
  initial('EmailSettings.SendEmailNotifications', [true, false], { property: 'mattermost.SendEmail' }),
  initial('EmailSettings.SMTPServer', ['', 'localhost'], { property: 'mattermost.SmtpServer' }),
  initial('EmailSettings.SMTPPort', ['', '10025', '2500'], { property: 'mattermost.SmtpPort' }),
  initial('EmailSettings.FeedbackEmail', ['', 'test@example.com'], { property: 'mattermost.FeedbackEmail' }),
  initial('EmailSettings.FeedbackName', [''], { follows: 'OrganizationContact.Company' }),
  initial('EmailSettings.FeedbackOrganization', [''], { follows: 'OrganizationContact.Company' }),
  initial('EmailSettings.SendPushNotifications', [true, false], { property: 'mattermost.SendPush' }),
  initial('EmailSettings.PushNotificationContents', ['full', 'generic', ''], {
    property: 'mattermost.PushContents',
  }),
  initial('EmailSettings.PushNotificationServer', ['', 'https://push-test.mattermost.com'], {
    property: 'mattermost.PushServer',
  }),
  initial('TeamSettings.MaxUsersPerTeam', [50], { property: 'mattermost.MaxUsersPerTeam' }),
]

/** The rule of a leaf by its name; undefined for a leaf that a site's own fragment adds. */
export function leafRule(name: string): LeafRule | undefined {
  return leafRules.find(rule => rule.name === name)
}

/** The environment variable of the unit that wins over a leaf: `MM_SERVICESETTINGS_SITEURL`. */
export function leafVariable(name: string): string {
  return `MM_${name.replaceAll('.', '_').toUpperCase()}`
}
