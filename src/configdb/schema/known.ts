import type { Check } from './checks.js'

/** One known property of a record: what documents, checks and reads it. */
export interface KnownProperty {
  record: string
  /** '' is the whole value of a plain record such as DomainName. */
  property: string
  /** What kind of value it is, for people. */
  type: string
  /** What counts where it is not set, as it would stand in the DB; in <angle brackets> where it is worked out. */
  fallback: string
  /** Why the default is what it is. */
  why: string
  help: string
  /** What depends on it: `config.json SECTION.KEY`, `virtual host`, or a service with what for. */
  usedBy: [string, ...string[]]
  check: Check
  /** Its value is never shown. */
  secret?: true
  /** An empty value is as wrong as any other one; elsewhere empty means "not set". */
  neverEmpty?: true
}

/**
 * The type with which a known record is made where it is missing; `service` is what the host's own tools list as one.
 * Plain records such as DomainName are not here: their type is their value.
 */
export const typesOfRecords: ReadonlyMap<string, string> = new Map([
  ['mattermost', 'service'],
  ['teamchatd', 'service'],
  ['httpd', 'service'],
  ['apache2', 'service'],
  ['sssd', 'service'],
  ['nsdc', 'service'],
  ['pki', 'configuration'],
  ['OrganizationContact', 'configuration'],
])
