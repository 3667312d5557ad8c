import { isIP } from 'node:net'
import { TeamchatError } from '../errors.js'

/** Where an LDAP server is, taken from LdapURI. */
export interface ServerAddress {
  scheme: 'ldap' | 'ldaps'
  /** A name or an IP address, IPv6 without brackets. */
  host: string
  port: number
  /** The three together, `ldap://127.0.0.1:389`, as it is shown and recorded. */
  url: string
}

/**
 * Reads LdapURI: `ldap://` or `ldaps://`, a host and perhaps a port (389 and 636 otherwise).
 * Throws `directory.invalid` for anything else; ldapi and lists of servers are not supported yet.
 */
export function parseServerAddress(uri: string): ServerAddress {
  const match = /^(ldaps?):\/\/(\[[0-9a-f:.]+\]|[^\s/:,@?#[\]]+)(?::(\d{1,5}))?\/?$/i.exec(uri.trim())
  const scheme = match?.[1]?.toLowerCase()
  const named = match?.[2]?.toLowerCase()
  const port = match?.[3] === undefined ? (scheme === 'ldaps' ? 636 : 389) : Number(match[3])
  const host = named?.startsWith('[') ? named.slice(1, -1) : named
  if ((scheme !== 'ldap' && scheme !== 'ldaps') || host === undefined || port < 1 || port > 65_535) {
    throw invalidAddress(uri)
  }
  if (named?.startsWith('[') && isIP(host) !== 6) throw invalidAddress(uri)
  return { scheme, host, port, url: `${scheme}://${named}:${port}` }
}

function invalidAddress(uri: string): TeamchatError {
  return new TeamchatError(
    'directory.invalid',
    `cannot use ${JSON.stringify(uri)} as the address of the directory: it is no ldap:// or ldaps:// URL of one server`,
    { hint: 'set it, for example: teamchat config setprop sssd LdapURI ldaps://ldap.example.org' },
  )
}
