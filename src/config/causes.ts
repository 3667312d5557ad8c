import { knownProperties, nameOf } from '../configdb/schema/schema.js'
import type { Settings } from '../configdb/settings.js'
import type { TemplateVariables } from './template-variables.js'

/** The properties that a template's variable comes from; what comes from the host alone has none. */
export const variableProperties: Readonly<Record<keyof TemplateVariables, readonly string[]>> = {
  dataSource: [
    'mattermost.DatabaseHost',
    'mattermost.DatabasePort',
    'mattermost.DatabaseName',
    'mattermost.DatabaseUser',
  ],
  dataDirectory: ['mattermost.DataDirectory', 'mattermost.Home'],
  listenAddress: ['mattermost.ListenPort', 'mattermost.ListenAddress'],
  siteUrl: ['mattermost.VirtualHost', 'mattermost.SiteURL', 'DomainName'],
  localSocket: ['mattermost.LocalSocket'],
  sendEmail: ['mattermost.SendEmail'],
  smtpServer: ['mattermost.SmtpServer'],
  smtpPort: ['mattermost.SmtpPort'],
  feedbackEmail: ['mattermost.FeedbackEmail', 'DomainName'],
  feedbackName: ['OrganizationContact.Company'],
  feedbackOrganization: ['OrganizationContact.Company'],
  sendPush: ['mattermost.SendPush'],
  pushContents: ['mattermost.PushContents'],
  pushServer: ['mattermost.PushServer'],
  maxUsersPerTeam: ['mattermost.MaxUsersPerTeam'],
  virtualHost: ['mattermost.VirtualHost', 'mattermost.SiteURL', 'DomainName'],
  siteOrigin: ['mattermost.VirtualHost', 'mattermost.SiteURL', 'DomainName'],
  backend: ['mattermost.ListenPort', 'mattermost.ListenAddress'],
  certificateFile: ['mattermost.CertificateFile', 'pki.CrtFile'],
  keyFile: ['mattermost.KeyFile', 'pki.KeyFile'],
  chainFile: ['mattermost.ChainFile', 'pki.ChainFile'],
  acmeWebroot: ['mattermost.AcmeWebroot'],
  proxyUpgrade: [],
  bodyLimit: [],
}

/** The properties that a leaf of config.json goes by. */
export function leafProperties(leaf: string): string[] {
  return knownProperties
    .filter(({ usedBy }) => usedBy.includes(`config.json ${leaf}`))
    .map(({ record, property }) => nameOf(record, property))
}

/** What properties of the DB say, and what they said when files were last written by them. */
export class PropertyChanges {
  readonly #before: Readonly<Record<string, string>>
  readonly #after: Readonly<Record<string, string>>

  /** Both as `concerningProperties` gives them; `before` is undefined where nothing was recorded. */
  constructor(before: Readonly<Record<string, string>> | undefined, after: Readonly<Record<string, string>>) {
    this.#before = before ?? {}
    this.#after = after
  }

  /**
   * Why something that goes by these properties changes, one text each: `mattermost.ListenPort 8065 → 8066`. None where
   * they are as they were. A default that follows from another property is told only where nothing else is.
   */
  of(properties: Iterable<string>): string[] {
    const found = [...new Set(properties)].flatMap(name => {
      const [before, after] = [this.#before[name], this.#after[name]]
      if (before === undefined || after === undefined || before === after) return []
      const [old, next] = [readValue(before), readValue(after)]
      return [{ text: `${name} ${old.shown} → ${next.shown}`, follows: old.isDefault && next.isDefault }]
    })
    const source = found.filter(({ follows }) => !follows)
    return (source.length > 0 ? source : found).map(({ text }) => text)
  }

  /** As `of`, for what is rendered with these variables of templates. */
  ofVariables(variables: Iterable<string>): string[] {
    const known: Readonly<Record<string, readonly string[]>> = variableProperties
    return this.of([...variables].flatMap(name => (Object.hasOwn(known, name) ? (known[name] ?? []) : [])))
  }
}

const DEFAULT = ' (default)'
/** A longer value hides what else is said. */
const LONGEST = 60
/** `://user:PASSWORD@host` */
const URL_PASSWORD = /(:\/\/[^\s:@/?#]*:)[^\s@]+(?=@)/g

/** A value as people may see it: plain where that cannot be misread. */
function readValue(recorded: string): { shown: string; isDefault: boolean } {
  const isDefault = recorded.endsWith(DEFAULT)
  const value: unknown = JSON.parse(isDefault ? recorded.slice(0, -DEFAULT.length) : recorded)
  if (value === '') return { shown: '(not set)', isDefault }
  return { shown: `${shownValue(value)}${isDefault ? DEFAULT : ''}`, isDefault }
}

function shownValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'enabled' : 'disabled'
  const open = String(value).replace(URL_PASSWORD, '$1***')
  const characters = [...open]
  const short = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : open
  return /^[^\s;"→()\p{Cc}]+$/u.test(short) ? short : JSON.stringify(short)
}

/**
 * What outputs and services go by, property by property, as text for people; no secret is among them. Whether a value stands in the DB or is the
 * default counts too: whoever sets a property wants it.
 */
export function concerningProperties(settings: Settings): Record<string, string> {
  const { pki, company, domainName, httpd, explicit } = settings
  const mattermost = new Map<string, unknown>(Object.entries(settings.mattermost))
  const values: [string, unknown][] = knownProperties
    .filter(
      ({ record, usedBy, secret }) =>
        record === 'mattermost' && secret !== true && usedBy.some(by => !by.startsWith('people service')),
    )
    .map(({ record, property }) => [nameOf(record, property), mattermost.get(keyOf(property))])
  values.push(
    ['pki.CrtFile', pki.certificateFile],
    ['pki.KeyFile', pki.keyFile],
    ['pki.ChainFile', pki.chainFile],
    ['OrganizationContact.Company', company],
    ['DomainName', domainName],
    ['httpd.Platform', httpd.platform],
  )
  return Object.fromEntries(
    values.map(([name, value]) => [
      name,
      `${JSON.stringify(value ?? '')}${explicit.has(name) ? '' : ' (default)'}`,
    ]),
  )
}

/** Changes, a line each: `mattermost.SmtpServer "a" → "b"`. What only one of them knows counts as equal. */
export function changedProperties(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(after)
    .filter(([name, value]) => Object.hasOwn(before, name) && before[name] !== value)
    .map(([name, value]) => `${name} ${before[name]} → ${value}`)
}

/** `ListenPort` is `listenPort` among the settings. */
function keyOf(property: string): string {
  return property === 'SiteURL' ? 'siteUrl' : `${property[0]?.toLowerCase()}${property.slice(1)}`
}
