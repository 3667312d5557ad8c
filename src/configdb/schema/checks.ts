import { parseLdapFilter } from './ldap-filter.js'
import { teamNameProblem } from './team-name.js'

/** Why a value cannot be used, in words that follow "…: "; undefined where it can. */
type Refusal = (value: string) => string | undefined

/** A check, and in `words` what it lets pass: "an absolute path". */
export type Check = Refusal & { readonly words: string }

function accepts(words: string, refusal: Refusal): Check {
  return Object.assign((value: string) => refusal(value), { words })
}

/** Nothing is wrong. */
export const isAnything = accepts('any text', () => undefined)

const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/
const LONGEST_SOCKET_PATH = 107

const onWords = new Set(['enabled', 'yes', 'true', '1'])
const offWords = new Set(['disabled', 'no', 'false', '0'])

/** Accepts what administrators write for a switch; read it with `isOn`. */
export const isSwitch = accepts('enabled or disabled; also yes, no, true, false, 1, 0', value =>
  onWords.has(value.toLowerCase()) || offWords.has(value.toLowerCase())
    ? undefined
    : 'it is neither enabled nor disabled',
)

/** A checked switch as a boolean. */
export function isOn(value: string): boolean {
  return onWords.has(value.toLowerCase())
}

/** `enabled` or `disabled` and nothing else, as every tool of the host understands `status`. */
export const isStatus = isOneOf('enabled', 'disabled')

/** One of `words`, in lower case. */
export function isOneOf(...words: string[]): Check {
  const all = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  return accepts(all, value => (words.includes(value) ? undefined : `it must be ${all}`))
}

/** A decimal integer between the two, both included. */
export function isInteger(least: number, most: number): Check {
  const words = `a whole number from ${least} to ${most}`
  return accepts(words, value => {
    const number = Number(value)
    if (/^\d{1,10}$/.test(value) && number >= least && number <= most) return undefined
    return `it must be ${words}`
  })
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, '': 3600 }
const LONGEST_SECONDS = 366 * 86_400

/** Hours, or a number with its unit. */
export const isDuration = accepts('hours, or a number with s, m, h or d after it, at most 366d', value => {
  const seconds = secondsOf(value)
  if (seconds === undefined) return 'it must be hours, or a number with s, m, h or d after it'
  return seconds <= LONGEST_SECONDS ? undefined : 'it is longer than 366d'
})

/** A checked duration in seconds. */
export function secondsOf(value: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(value) ?? []
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 0)
}

export const isPort = isInteger(1, 65_535)

/** A DNS name of RFC 1123 labels. `leastLabels` 2 asks for a dot. */
export function isDomainName(leastLabels: number): Check {
  const words = `a name of letters, digits, "-" and "."${leastLabels > 1 ? ', with a dot in it' : ''}`
  return accepts(words, value => {
    const odd = /[^A-Za-z0-9.-]/u.exec(value)?.[0]
    if (odd !== undefined)
      return `it contains ${named(odd)}; a host name has letters, digits, "-" and "." only`
    if (value.length > 253) return 'it is longer than 253 characters'
    const labels = value.split('.')
    if (labels.length < leastLabels) return 'it is not fully qualified: there is no dot in it'
    const bad = labels.find(label => !LABEL.test(label) || label.length > 63)
    if (bad === undefined) return undefined
    if (bad === '') return 'there is nothing in front of, between or behind its dots'
    return `its part "${bad}" ${bad.length > 63 ? 'is longer than 63 characters' : 'begins or ends with "-"'}`
  })
}

/** A name or address of a server, without a port. */
export const isHost = accepts('a name or an address, without a port', value => {
  if (/^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(value) || /^\[[0-9A-Fa-f:.]+\]$/.test(value)) return undefined
  return isDomainName(1)(value)
})

/**
 * An absolute path that is safe inside a quoted argument of Apache and as JSON: blanks are fine; quotes, `<`, `>`,
 * backslashes, `${` (Apache would put a variable there) and control characters are not. `..` could leave --root.
 */
export const isPath = accepts(
  'an absolute path without quotes, "<", ">", backslashes, "${" or ".."',
  value => {
    if (!value.startsWith('/')) return 'it is not an absolute path: it does not start with "/"'
    const odd = oddCharacter(value, /["'<>\\]/u)
    if (odd !== undefined) return `it contains ${odd}, which Apache or a shell would take for something else`
    if (value.includes('${')) return 'it contains "${", which Apache would replace by a variable'
    if (value.split('/').includes('..')) return 'it contains "..": name the folder itself'
    return value.length > 4096 ? 'it is longer than 4096 characters' : undefined
  },
)

/** A path that a Unix socket can be bound to. */
export const isSocketPath = accepts(
  `${isPath.words}, of at most ${LONGEST_SOCKET_PATH} bytes`,
  value =>
    isPath(value) ??
    (Buffer.byteLength(value) > LONGEST_SOCKET_PATH
      ? `it is longer than ${LONGEST_SOCKET_PATH} bytes, the most for a socket`
      : undefined),
)

/** The name of a systemd service. */
export const isUnit = accepts('the name of a unit such as mattermost.service', value =>
  /^[A-Za-z0-9:_.@-]+\.service$/.test(value) && !value.startsWith('-')
    ? undefined
    : 'it must be the name of a unit such as mattermost.service',
)

/** HOST:PORT; the host may be empty (all addresses), IPv6 in brackets. */
export const isListenAddress = accepts(
  'HOST:PORT, such as 127.0.0.1:8065; nothing in front of the colon is every address',
  value => {
    const [, host, port] = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):(\d+)$/.exec(value) ?? []
    if (host === undefined || port === undefined) return 'it must be HOST:PORT, such as 127.0.0.1:8065'
    return isPort(port) === undefined ? undefined : `its port ${isPort(port)?.replace('it ', '')}`
  },
)

/** An absolute URL of one of the schemes with a host, and nothing that would end a quoted argument. */
export function isUrl(...schemes: string[]): Check {
  const words = `a URL that starts with ${schemes.map(scheme => `${scheme}://`).join(' or ')}, without user name and password`
  return accepts(words, value => {
    const odd = oddCharacter(value, /["'<>\\\s]/u)
    if (odd !== undefined) return `it contains ${odd}`
    if (value.includes('${')) return 'it contains "${"'
    const starts = schemes.map(scheme => `${scheme}://`)
    if (!starts.some(start => value.toLowerCase().startsWith(start))) {
      return `it must start with ${starts.join(' or ')}`
    }
    if (!URL.canParse(value)) return 'it is not a URL'
    const url = new URL(value)
    if (url.username !== '' || url.password !== '') return 'it contains a user name or password'
    return url.hostname === '' && url.protocol !== 'ldapi:' ? 'there is no host in it' : undefined
  })
}

/** Mattermost's own address: where people reach it, so without query and fragment. */
export const isSiteUrl = accepts(
  `${isUrl('https', 'http').words}, without "?" and "#"`,
  value => isUrl('https', 'http')(value) ?? (/[?#]/.test(value) ? 'it contains "?" or "#"' : undefined),
)

/** One mailbox, as Mattermost takes it. */
export const isEmail = accepts('one address, NAME@DOMAIN', value => {
  const odd = oddCharacter(value, /[\s"<>(),;\\]/u)
  if (odd !== undefined) return `it contains ${odd}`
  if (Buffer.byteLength(value) > 128) return 'it is longer than 128 bytes'
  const [, , domain] = /^([^@]+)@([^@]+)$/.exec(value) ?? []
  if (domain === undefined) return 'it must be NAME@DOMAIN'
  const reason = isDomainName(1)(domain)
  return reason === undefined ? undefined : `behind the "@": ${reason}`
})

/** Any text on one line. */
export const isText = accepts('any text on one line', value => {
  const odd = oddCharacter(value)
  return odd === undefined ? undefined : `it contains ${odd}`
})

/** A filter as ldapsearch takes it (RFC 4515). */
export const isLdapFilter = accepts('an LDAP filter such as (department=IT)', value => {
  const parsed = parseLdapFilter(value)
  return 'wrong' in parsed ? `it is not an LDAP filter: ${parsed.wrong}` : undefined
})

/** One word: the name of a database or of its user. */
export const isDatabaseName = accepts(
  'one word of at most 63 bytes, without quotes, "/", "?", "#", "@" and backslashes',
  value => {
    const odd = oddCharacter(value, /[\s"'\\/?#@]/u)
    if (odd !== undefined) return `it contains ${odd}`
    return Buffer.byteLength(value) > 63 ? 'it is longer than 63 bytes, the most in PostgreSQL' : undefined
  },
)

/** `none`, or a team's name by Mattermost's rule (model.IsValidTeamName and its reserved names). */
export const isTeam = accepts(
  'none, or 2 to 64 lower-case letters, digits and "-"; Mattermost reserves some beginnings',
  value => (value === 'none' ? undefined : teamNameProblem(value)),
)

/** The first control character, or the first that `alsoOdd` matches, named for a message. */
function oddCharacter(value: string, alsoOdd?: RegExp): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const odd = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\uFFFD]/u.exec(value)?.[0] ?? alsoOdd?.exec(value)?.[0]
  return odd === undefined ? undefined : named(odd)
}

function named(character: string): string {
  if (character === '\n') return 'a newline'
  if (character === '\r') return 'a carriage return'
  if (character === '\t') return 'a tab'
  if (character === ' ') return 'a blank'
  // What is no UTF-8 is read as this character.
  if (character === '\uFFFD') return 'bytes that are not UTF-8'
  if (character === '"') return 'a double quote (")'
  if (character === "'") return "a single quote (')"
  const code = character.codePointAt(0) ?? 0
  const hidden = code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x2029)
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return hidden ? `the control character ${hex}` : code > 0x7e ? `"${character}" (${hex})` : `"${character}"`
}
