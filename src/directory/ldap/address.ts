import { constants } from 'node:fs'
import { access, type FileHandle, open, readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { basename, dirname } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { reasonOf, TeamchatError } from '../../errors.js'

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
    `cannot use ${JSON.stringify(uri)} as the address of the directory: it is not an ldap://, ldaps:// or ldapi:// URL of one server`,
    { hint: 'set it, for example: teamchat config setprop sssd LdapURI ldaps://ldap.example.org' },
  )
}

/** How what is said to a server goes over the wire. */
export interface Transport {
  by: 'tls' | 'starttls' | 'socket' | 'loopback' | 'plain'
  /** False: any certificate is taken. */
  verified: boolean
}

/** By LdapURI, StartTls and TlsVerify. */
export function transportOf(
  { scheme, host }: ServerAddress,
  settings: { startTls: boolean; tlsVerify: boolean },
): Transport {
  const by =
    scheme === 'ldapi'
      ? 'socket'
      : scheme === 'ldaps'
        ? 'tls'
        : settings.startTls
          ? 'starttls'
          : /^(127\.|localhost$|::1$)/.test(host)
            ? 'loopback'
            : 'plain'
  return { by, verified: settings.tlsVerify }
}

/** The most bytes that the path of a Unix socket can have. */
const longestPath = 107

/** Where slapd's socket usually lies: Debian, then Red Hat. */
const usualSockets: readonly string[] = [
  '/run/slapd/ldapi',
  '/var/run/slapd/ldapi',
  '/run/ldapi',
  '/var/run/ldapi',
]

/** A path that can be connected to until it is closed. */
export interface UnixSocketPath {
  path: string
  close(): Promise<void>
}

/** `path` itself, or where it is too long for a socket the same one below its folder's descriptor. */
export async function openUnixSocket(path: string): Promise<UnixSocketPath> {
  if (Buffer.byteLength(path) <= longestPath) return { path, close: async () => undefined }
  const folder: FileHandle = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  return { path: `/proc/self/fd/${folder.fd}/${basename(path)}`, close: () => folder.close() }
}

/** The first of the usual sockets that is there, each put below --root; the first one where none is. */
export async function findUsualSocket(below: (path: string) => string): Promise<string> {
  for (const candidate of usualSockets.map(below)) {
    const there = await access(candidate).then(
      () => true,
      () => false,
    )
    if (there) return candidate
  }
  return below(usualSockets[0] ?? '')
}

/**
 * Where the system keeps the CAs that it trusts (Debian, RHEL). Node has a list of its own, which knows nothing
 * of a CA that the administrator installed for the whole host, as every other LDAP client there does.
 */
const systemBundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt']

/**
 * Options for TLS to `host`. `caFile` ('' for the system's CAs) is an absolute path below --root;
 * `verify` false accepts any certificate. Throws `directory.invalid` where the CA file cannot be read.
 */
export async function tlsTrust(wanted: {
  host: string
  caFile: string
  verify: boolean
}): Promise<ConnectionOptions> {
  // `host` is always given: without it Node compares the certificate with "localhost" after StartTLS.
  const names = isIP(wanted.host) ? { host: wanted.host } : { host: wanted.host, servername: wanted.host }
  if (!wanted.verify) return { ...names, rejectUnauthorized: false }
  const ca = wanted.caFile === '' ? await systemCertificates() : await certificatesIn(wanted.caFile)
  return { ...names, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) }
}

async function certificatesIn(file: string): Promise<string> {
  const hint = 'set sssd CaFile to the PEM file of the CA that signed the directory server’s certificate'
  let text: string
  try {
    text = await readFile(file, 'latin1')
  } catch (cause) {
    throw new TeamchatError('directory.invalid', `cannot read the CA file ${file}: ${reasonOf(cause)}`, {
      hint,
      cause,
    })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new TeamchatError('directory.invalid', `cannot use the CA file ${file}: no PEM certificate in it`, {
    hint,
  })
}

async function systemCertificates(): Promise<string | undefined> {
  for (const bundle of systemBundles) {
    const text = await readFile(bundle, 'latin1').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}
