import { ResultCodeError } from 'ldapts'
import { reasonOf, TeamchatError } from '../../errors.js'
import { bindSubcode } from './bind-subcodes.js'

/** What a connection was for, as far as its errors tell it. No secret. */
export interface ConnectionContext {
  /** `ldap://127.0.0.1:389` */
  url: string
  /** '' for anonymous. */
  bindDn: string
  /** Over a Unix socket: the server takes the Unix user of this process for its word (SASL EXTERNAL). */
  external?: boolean
  base: string
  pageSize: number
}

/** LDAP result codes of RFC 4511 that mean something to an operator here. */
const code = {
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  confidentialityRequired: 13,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
}

const socketReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  EACCES: 'no right to open the socket',
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the server closed the connection',
  EPIPE: 'the server closed the connection',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up at the moment',
  EPROTO: 'the server does not speak TLS there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS there',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the server does not speak TLS there',
}

const certificateReasons: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown CA',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an unknown CA',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown CA',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown CA',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  CERT_SIGNATURE_FAILURE: 'its certificate is signed by another CA of the same name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is made out to another name',
}

/** The connection broke, or nothing came in time; made by the connection itself. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
}

/** An error of connecting: unreachable, a certificate, no TLS. Always `directory.unreachable`. */
export function connectError(error: unknown, context: ConnectionContext): TeamchatError {
  if (error instanceof TeamchatError) return error
  const name = (error as NodeJS.ErrnoException).code ?? ''
  const certificate = certificateReasons[name]
  const reason = certificate ?? socketReasons[name] ?? plainReason(error)
  const hint =
    certificate === undefined
      ? 'is the directory server running and reachable? See sssd LdapURI'
      : 'set sssd CaFile to the PEM file of its CA, and name the server in LdapURI as its certificate does'
  return new TeamchatError('directory.unreachable', `cannot reach the directory ${context.url}: ${reason}`, {
    hint,
    cause: error,
  })
}

/** An error of StartTLS: refused by the server, or the handshake's. Nothing was sent in plaintext. */
export function startTlsError(error: unknown, context: ConnectionContext): TeamchatError {
  if (!(error instanceof ResultCodeError)) return connectError(error, context)
  const message = `cannot encrypt the connection to ${context.url}: the server refuses StartTLS (${plainReason(error)})`
  return new TeamchatError('directory.invalid', message, {
    hint: 'give the server a certificate, use ldaps:// in sssd LdapURI, or allow plaintext with sssd StartTls disabled',
    cause: error,
  })
}

/** An error of the bind: `directory.bind` for what the server says, `directory.unreachable` for the rest. */
export function bindError(error: unknown, context: ConnectionContext): TeamchatError {
  if (!(error instanceof ResultCodeError)) return connectError(error, context)
  if (isServerTrouble(error)) return serverTrouble(error, context)
  const who = context.bindDn === '' && context.external !== true ? 'anonymously' : `as ${boundAs(context)}`
  const needsTls = error.code === code.strongerAuthRequired || error.code === code.confidentialityRequired
  const subcode = error.code === 49 ? bindSubcode(error.message) : undefined
  const reason = needsTls
    ? 'the server wants an encrypted connection'
    : error.code === 49
      ? (subcode?.reason ?? 'wrong DN or password')
      : plainReason(error)
  const hint = needsTls
    ? 'set sssd StartTls enabled, or use ldaps:// in sssd LdapURI'
    : subcode !== undefined
      ? subcode.hint
      : context.external === true
        ? 'map the Unix user to an account that may read (slapd: authz-regexp), or set sssd BindDN and BindPassword'
        : context.bindDn === ''
          ? 'the server allows no anonymous bind: set sssd BindDN and BindPassword'
          : 'check sssd BindDN, and set its password: teamchat config setprop sssd BindPassword -'
  return new TeamchatError(
    'directory.bind',
    `cannot log in to the directory ${context.url} ${who}: ${reason}`,
    {
      hint,
      cause: error,
    },
  )
}

/** An error of a search. Whatever it is, what was read before counts for nothing. */
export function searchError(error: unknown, context: ConnectionContext): TeamchatError {
  if (error instanceof TeamchatError) return error
  if (!(error instanceof ResultCodeError)) {
    return new TeamchatError(
      'directory.unreachable',
      `cannot read the directory ${context.url}: ${plainReason(error)}; what had come is not used`,
      { hint: 'is the directory server running? It is read again', cause: error },
    )
  }
  if (isServerTrouble(error)) return serverTrouble(error, context)
  const { reason, hint } = refusedSearch(error, context)
  const kind = error.code === code.noSuchObject || error.code === 50 ? 'directory.empty' : 'directory.invalid'
  return new TeamchatError(
    kind,
    `cannot read ${context.base} in the directory ${context.url} as ${boundAs(context)}: ${reason}`,
    { hint, cause: error },
  )
}

/** "anonymous", the DN, or the Unix user. */
export function boundAs(context: Pick<ConnectionContext, 'bindDn' | 'external'>): string {
  if (context.external === true) return `the Unix user ${process.getuid?.() ?? ''} (EXTERNAL)`
  return context.bindDn === '' ? 'anonymous' : context.bindDn
}

function refusedSearch(error: ResultCodeError, context: ConnectionContext): { reason: string; hint: string } {
  switch (error.code) {
    case code.noSuchObject:
      return {
        reason: 'there is no such entry, or the bind account may not see it',
        hint: `check sssd UserDN and BaseDN; ${mayRead(context)}`,
      }
    case code.invalidDnSyntax:
      return { reason: 'it is not a valid DN', hint: 'correct sssd UserDN or BaseDN' }
    case code.sizeLimitExceeded:
      return {
        reason: 'the server gives this account only a part of the entries (size limit)',
        hint: 'raise the limit for the bind account, in slapd: size.prtotal=unlimited',
      }
    case code.adminLimitExceeded:
      return {
        reason: `the server does not give pages of ${context.pageSize} entries`,
        hint: 'set a smaller page: teamchat config setprop sssd LdapPageSize 500',
      }
    case code.timeLimitExceeded:
      return {
        reason: 'the server took too long (time limit)',
        hint: 'raise its time limit for the bind account, and index objectClass, uid and entryUUID',
      }
    case code.insufficientAccessRights:
      return { reason: 'no right to read', hint: mayRead(context) }
    case code.referral:
      return { reason: 'it is kept on another server', hint: 'name that server in sssd LdapURI' }
    default:
      return { reason: plainReason(error), hint: 'see the log of the directory server' }
  }
}

/** The remedy for missing rights; ends a hint. */
export function mayRead(context: Pick<ConnectionContext, 'bindDn' | 'external'>): string {
  if (context.external === true) {
    return 'let that user read in slapd (authz-regexp and access), or set sssd BindDN and BindPassword'
  }
  return context.bindDn === ''
    ? 'set sssd BindDN and BindPassword of an account that may read the people'
    : 'let the bind account read the people'
}

function isServerTrouble(error: ResultCodeError): boolean {
  return error.code === code.busy || error.code === code.unavailable
}

function serverTrouble(error: ResultCodeError, context: ConnectionContext): TeamchatError {
  return new TeamchatError(
    'directory.unreachable',
    `cannot read the directory ${context.url}: the server is busy or going down`,
    { hint: 'it is tried again; see the log of the directory server', cause: error },
  )
}

/** ldapts ends its messages with the code in hex, and tells of its own classes: both mean nothing to operators. */
function plainReason(error: unknown): string {
  const text = reasonOf(error)
  if (/timed? ?out/i.test(text)) return 'no answer in time'
  if (/^Connection closed before|^Socket (error|connection)/.test(text))
    return 'the server closed the connection'
  return text.replace(/ Code: 0x[0-9a-f]+$/, '').replace(/\.$/, '') || 'unknown reason'
}
