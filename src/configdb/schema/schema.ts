import type { SettingsProblem } from '../settings.js'
import { hostProperties } from './host.js'
import type { KnownProperty } from './known.js'
import { mattermostProperties } from './mattermost.js'
import { providerProperties } from './provider.js'

/** Every property that teamchatd reads: the one place that says its type, default, check and meaning. */
export const knownProperties: readonly KnownProperty[] = [
  ...mattermostProperties,
  ...hostProperties,
  ...providerProperties,
]

const byName = new Map(knownProperties.map(known => [nameOf(known.record, known.property), known]))

/** `mattermost.VirtualHost`; `DomainName` where the property is ''. */
export function nameOf(record: string, property: string): string {
  return property === '' ? record : `${record}.${property}`
}

/** undefined where teamchatd does not know the property: it is the site's own. */
export function findKnown(record: string, property: string): KnownProperty | undefined {
  return byName.get(nameOf(record, property))
}

/**
 * The fault of a value, or undefined. An unknown property of a known record is the site's own and never
 * wrong; an empty value means "not set". `property` is '' for the value of a plain record.
 */
export function checkProperty(record: string, property: string, value: string): SettingsProblem | undefined {
  const known = findKnown(record, property)
  if (known === undefined || (value === '' && known.neverEmpty !== true)) return undefined
  const reason = known.check(value)
  if (reason === undefined) return undefined
  const shown = known.secret === true ? 'this value' : JSON.stringify(shorten(value))
  return {
    property: nameOf(record, property),
    message: `cannot use ${shown} as ${nameOf(record, property)}: ${reason}`,
    hint: `${command(known)} (${known.type}): ${known.help}`,
  }
}

function command(known: KnownProperty): string {
  return known.property === ''
    ? `correct it with teamchat config set ${known.record} VALUE`
    : `correct it with teamchat config setprop ${known.record} ${known.property} VALUE`
}

function shorten(value: string): string {
  return value.length > 80 ? `${value.slice(0, 80)}…` : value
}
