import { Resolver } from 'node:dns/promises'
import { TeamchatError } from '../../errors.js'
import { parseServerAddress, type ServerAddress } from '../ldap/address.js'

/** An SRV record of DNS (RFC 2782), as node:dns gives it. */
export interface SrvRecord {
  name: string
  port: number
  priority: number
  weight: number
}

/** Whom to ask for the domain controllers, and what is known beforehand. */
export interface Discovery {
  /** The DNS name of the domain, lower-case. */
  domain: string
  /** LdapURI: its scheme counts for all, and it is tried last. */
  named: ServerAddress
  /** Takes hosts outside of the domain too. Only for a site with a CA of its own, which vouches for them. */
  anyHost: boolean
  resolveSrv(name: string): Promise<SrvRecord[]>
  /** From 0 up to 1; spreads the load by weight. */
  random(): number
}

/** Servers in the order in which they are tried, and what DNS had to say against more of them. */
export interface DomainControllers {
  servers: ServerAddress[]
  complaint: string | undefined
}

/** Milliseconds for DNS: a name server on the same network answers in some, and LdapURI is there without it. */
const dnsTimeout = 2_000

/** SRV records by the host's own name servers. */
export function resolveByHost(name: string): Promise<SrvRecord[]> {
  return new Resolver({ timeout: dnsTimeout, tries: 2 }).resolveSrv(name)
}

/**
 * The domain controllers by `_ldap._tcp.dc._msdcs.DOMAIN` (MS-ADTS 6.3.2.3), then LdapURI. DNS that fails is no
 * error here. DNS is not trusted further than the domain: a forged answer could name a host elsewhere, with a
 * good certificate of its own, which would then be told the bind password (RFC 6125, section 6.2.1).
 */
export async function domainControllers(discovery: Discovery): Promise<DomainControllers> {
  const { domain, named } = discovery
  const question = `_ldap._tcp.dc._msdcs.${domain}`
  let records: SrvRecord[]
  try {
    records = await discovery.resolveSrv(question)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'no answer'
    return { servers: [named], complaint: `DNS has no ${question} (${reason})` }
  }
  const hosts = bySrvOrder(records, discovery.random).map(record => ({
    host: record.name.replace(/\.$/, '').toLowerCase(),
    // The record's port is that of ldap://.
    port: named.scheme === 'ldaps' ? 636 : record.port,
  }))
  const inside = (host: string) => discovery.anyHost || host === domain || host.endsWith(`.${domain}`)
  const outside = hosts.filter(({ host }) => host !== '' && !inside(host)).map(({ host }) => host)
  const found = hosts
    .filter(({ host }) => host !== '' && inside(host))
    .map(({ host, port }) => addressOf(named.scheme, host, port))
    .filter(address => address !== undefined)
  const servers = new Map([...found, named].map(server => [server.url, server]))
  const complaint =
    outside.length === 0
      ? undefined
      : `DNS names ${outside.join(', ')}, not in the domain and so trusted only with sssd CaFile`
  return { servers: [...servers.values()], complaint }
}

/** RFC 2782: the lowest priority first; among equals by chance, in proportion to their weights. */
export function bySrvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = records.toSorted((a, b) => a.priority - b.priority || a.weight - b.weight)
  const ordered: SrvRecord[] = []
  for (let first = left[0]; first !== undefined; first = left[0]) {
    const { priority } = first
    const equals = left.filter(record => record.priority === priority)
    let mark = random() * equals.reduce((sum, record) => sum + record.weight, 0)
    const chosen =
      equals.find(record => {
        mark -= record.weight
        return mark <= 0
      }) ?? first
    ordered.push(chosen)
    left.splice(left.indexOf(chosen), 1)
  }
  return ordered
}

/**
 * The answer of the first server that can be reached. Only `directory.unreachable` leads to the next one: what
 * another one says counts, and a wrong password tried at each would lock the bind account out.
 */
export async function firstThatAnswers<T>(
  { servers, complaint }: DomainControllers,
  domain: string,
  attempt: (server: ServerAddress, last: boolean) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const failures: TeamchatError[] = []
  for (const [index, server] of servers.entries()) {
    try {
      return await attempt(server, index === servers.length - 1)
    } catch (error) {
      const next = error instanceof TeamchatError && error.code === 'directory.unreachable'
      if (!next || signal?.aborted === true) throw error
      failures.push(error)
    }
  }
  const [only] = failures
  if (only !== undefined && failures.length === 1 && complaint === undefined) throw only
  const reasons = failures.map(failure => failure.message.replace(/^cannot (reach|read) the directory /, ''))
  if (complaint !== undefined) reasons.push(complaint)
  throw new TeamchatError(
    'directory.unreachable',
    `cannot reach any domain controller of ${domain}: ${reasons.join('; ')}`,
    { ...(only === undefined ? {} : { hint: only.hint }), cause: only },
  )
}

function addressOf(scheme: ServerAddress['scheme'], host: string, port: number): ServerAddress | undefined {
  try {
    return parseServerAddress(`${scheme}://${host}:${port}`)
  } catch {
    // A record of DNS that is no host is another one's mistake; the others are tried.
    return undefined
  }
}
