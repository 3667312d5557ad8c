import { isIP } from 'node:net'
import type { NameAnswer } from '../services/name-lookup.js'
import { type Check, notOurSite } from './check.js'
import { fail, pass, type Said, warn } from './finding.js'

/** The name of the site leads to this host. */
export const dnsCheck: Check = {
  name: 'dns',
  unless: notOurSite,
  look: async ({ host = '', lookUpName, ownAddresses }) =>
    judgeName(host, await lookUpName(host), ownAddresses()),
}

/** `own`: the addresses of this host's interfaces, without loopback. */
export function judgeName(host: string, answer: NameAnswer, own: string[]): Said[] {
  const { dns } = answer
  const record = recordFor(host, own)
  if (answer.silent !== '') {
    return [
      warn(
        host,
        `not known: no DNS server answers (${answer.silent}); /etc/hosts has ${list(answer.hosts)}`,
        `dig +short ${host}`,
      ),
    ]
  }
  if (dns.length === 0) {
    return answer.hosts.length === 0
      ? [fail(host, 'the DNS does not know this name', record)]
      : [fail(host, `the DNS does not know this name, only /etc/hosts of this host does`, record)]
  }
  const elsewhere = dns.filter(address => !own.includes(address))
  const leads = `leads to ${list(dns)}`
  if (elsewhere.length === 0) return [pass(host, `${leads}, which is this host`)]
  if (dns.every(isLoopback))
    return [fail(host, `${leads}: everybody who asks would reach a machine of their own`, record)]
  if (elsewhere.length < dns.length) {
    return [
      warn(
        host,
        `${leads}, but ${list(elsewhere)} is not an address of this host: some will not get here`,
        `correct or remove the record of ${host} with ${list(elsewhere)}`,
      ),
    ]
  }
  if (own.every(isPrivate)) {
    return [
      warn(
        host,
        `${leads}; this host has private addresses only (${list(own)}), so whether that is the router in front of it cannot be told from here`,
        `curl -sI https://${host}/  # from outside; the router must forward ports 80 and 443 to ${own[0] ?? 'this host'}`,
      ),
    ]
  }
  return [fail(host, `${leads}; this host is ${list(own)}`, record)]
}

function recordFor(host: string, own: string[]): string {
  const address = own.find(one => !isPrivate(one)) ?? own[0]
  const type = address !== undefined && isIP(address) === 6 ? 'AAAA' : 'A'
  return `in the DNS of its domain: ${host}. ${type} ${address ?? 'the public address of this host'}`
}

function list(addresses: string[]): string {
  return addresses.length === 0 ? 'nothing' : addresses.join(', ')
}

function isLoopback(address: string): boolean {
  return /^127\./.test(address) || address === '::1'
}

/** RFC 1918, RFC 6598, and the unique local ones of RFC 4193. */
export function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|127\.|f[cd]|::1$)/i.test(
    address,
  )
}
