import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Paths } from '../paths.js'
import { domainOf, type HostFacts } from './schema/read.js'

const DEFAULT_DB = '/var/lib/nethserver/db/configuration'

/** True for the default configuration DB of the real system: the only one in which the host overrides records. */
export function isDefaultDb(paths: Paths, db = paths.configurationDb): boolean {
  return paths.root === '' && db === DEFAULT_DB
}

/** What `readSettings` needs to know of this host. */
export function hostFacts(paths: Paths): HostFacts {
  return { hostname: isDefaultDb(paths) ? hostname() : undefined, isEsmith: paths.isEsmith }
}

/**
 * The records of the default DB that the stock tools replace at each read (rule "Overrides"): SystemName and
 * DomainName from a host name with a dot (a short one would make DomainName empty), TimeZone from /etc/localtime.
 * They are never written back.
 */
export function hostOverrides(
  host: { hostname: () => string; readLink: (path: string) => string } = {
    hostname,
    readLink: path => readlinkSync(path),
  },
): Map<string, string> {
  const overrides = new Map([['TimeZone', timeZone(host.readLink)]])
  const name = host.hostname()
  const domain = domainOf(name)
  if (domain !== '') {
    overrides.set('SystemName', name.slice(0, name.indexOf('.')))
    overrides.set('DomainName', domain)
  }
  return overrides
}

function timeZone(readLink: (path: string) => string): string {
  try {
    return readLink('/etc/localtime').replace(/^.*\/zoneinfo\//, '')
  } catch {
    return 'UTC' // no link, or nothing there: what the stock tools say then
  }
}
