import { Resolver } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { readFileIfPresent } from '../system/files/files.js'

/** The meaning of a name to others, and to this host. */
export interface NameAnswer {
  /** What the DNS says; [] where it knows no such name. */
  dns: string[]
  /** The DNS was asked and did not answer: its error code; '' where it did answer. */
  silent: string
  /** What `/etc/hosts` says, which this host alone reads. */
  hosts: string[]
}

/** Long enough for a resolver across a slow line, short enough for somebody who waits. */
const TIMEOUT_MS = 2_000
const NO_SUCH_NAME = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * Asks the DNS servers of this host, and reads its own file; no getaddrinfo, which waits as long as it likes.
 * Never throws; takes some seconds at most.
 */
export async function lookUpName(name: string): Promise<NameAnswer> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
  const [four, six, hosts] = await Promise.all([
    asked(resolver.resolve4(name)),
    asked(resolver.resolve6(name)),
    readFileIfPresent('/etc/hosts').then(
      text => addressesIn(text?.toString('utf8') ?? '', name),
      () => [],
    ),
  ])
  const dns = [...four.addresses, ...six.addresses]
  return { dns, silent: dns.length > 0 ? '' : four.silent || six.silent, hosts }
}

/** The addresses of this host's interfaces, loopback and link-local ones left out. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(one => !one.internal && !/^(fe80:|169\.254\.)/i.test(one.address))
    .map(one => one.address)
}

async function asked(answer: Promise<string[]>): Promise<{ addresses: string[]; silent: string }> {
  try {
    return { addresses: await answer, silent: '' }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    return { addresses: [], silent: NO_SUCH_NAME.has(code) ? '' : code }
  }
}

/** The addresses of a name in the text of `/etc/hosts`. */
export function addressesIn(hosts: string, name: string): string[] {
  return hosts.split('\n').flatMap(line => {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    return address !== undefined && names.some(one => one.toLowerCase() === name.toLowerCase())
      ? [address]
      : []
  })
}
