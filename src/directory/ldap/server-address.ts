import { isIP } from 'node:net'
import { TeamchatError } from '../../errors.js'

/** Where an LDAP server is, taken from LdapURI. */
export interface ServerAddress {
  scheme: 'ldap' | 'ldaps' | 'ldapi'
  /** A name or an IP address, IPv6 without brackets; '' for ldapi. */
  host: string
  /** 0 for ldapi. */
  port: number
  /** ldapi: the Unix socket, '' for the server's usual one. Else ''. */
  path: string
  /** All of it, `ldap://127.0.0.1:389`, as it is shown and recorded. */
  url: string
}

/**
 * Reads LdapURI: `ldap://` or `ldaps://`, a host and perhaps a port (389 and 636 otherwise); or `ldapi://` with the
 * path of a Unix socket, its slashes as they are or as %2F. Throws `directory.invalid` for anything else; lists of
 * servers are not supported.
 */
export function parseServerAddress(uri: string): ServerAddress {
  const socket = /^ldapi:\/\/(.*)$/i.exec(uri.trim())?.[1]
  if (socket !== undefined) return socketAddress(uri, socket)
  const match = /^(ldaps?):\/\/(\[[0-9a-f:.]+\]|[^\s/:,@?#[\]]+)(?::(\d{1,5}))?\/?$/i.exec(uri.trim())
  const scheme = match?.[1]?.toLowerCase()
  const named = match?.[2]?.toLowerCase()
  const port = match?.[3] === undefined ? (scheme === 'ldaps' ? 636 : 389) : Number(match[3])
  const host = named?.startsWith('[') ? named.slice(1, -1) : named
  if ((scheme !== 'ldap' && scheme !== 'ldaps') || host === undefined || port < 1 || port > 65_535) {
    throw invalidAddress(uri)
  }
  if (named?.startsWith('[') && isIP(host) !== 6) throw invalidAddress(uri)
  return { scheme, host, port, path: '', url: `${scheme}://${named}:${port}` }
}

/** As OpenLDAP's own tools take it: `ldapi://%2Frun%2Fslapd%2Fldapi/`; `ldapi:///` is the usual one. */
function socketAddress(uri: string, rest: string): ServerAddress {
  let path: string
  try {
    path = decodeURIComponent(rest).replace(/\/+$/, '')
  } catch {
    throw invalidAddress(uri)
  }
  if (path !== '' && (!path.startsWith('/') || /\p{Cc}/u.test(path) || path.split('/').includes('..'))) {
    throw invalidAddress(uri)
  }
  return { scheme: 'ldapi', host: '', port: 0, path, url: `ldapi://${encodeURIComponent(path)}` }
}

function invalidAddress(uri: string): TeamchatError {
  return new TeamchatError(
    'directory.invalid',
    `cannot use ${JSON.stringify(uri)} as the address of the directory: it is no ldap://, ldaps:// or ldapi:// URL of one server`,
    { hint: 'set it, for example: teamchat config setprop sssd LdapURI ldaps://ldap.example.org' },
  )
}
