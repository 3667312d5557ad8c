import { knownProperties, nameOf } from '../configdb/schema/schema.js'
import type { Settings } from '../configdb/settings.js'

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
        record === 'mattermost' && secret !== true && usedBy.some(by => !by.startsWith('people story')),
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

/** What has changed, a line each: `mattermost.SmtpServer "a" → "b"`. What only one of them knows counts as equal. */
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
