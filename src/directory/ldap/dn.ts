/** One attribute of a relative distinguished name: type in lower case, value without its escapes. */
export interface NamePart {
  type: string
  value: string
}

/** OIDs that a server may show in place of the name (RFC 4514, section 2.3). */
const typesByOid: Readonly<Record<string, string>> = { '0.9.2342.19200300.100.1.1': 'uid' }

/**
 * Splits a DN as RFC 4514 writes it into its RDNs, each of one or more parts, and takes the escapes away.
 * Also knows what older servers write: blanks round separators, `;` for `,`, and values in quotes.
 * undefined: not a DN.
 */
export function parseDn(dn: string): NamePart[][] | undefined {
  const names: NamePart[][] = []
  if (dn.trim() === '') return names
  let parts: NamePart[] = []
  let at = 0
  for (;;) {
    const equals = dn.indexOf('=', at)
    if (equals < 0) return undefined
    const type = dn.slice(at, equals).trim().toLowerCase()
    if (!/^(?:[a-z][a-z0-9-]*|\d+(?:\.\d+)*)$/.test(type)) return undefined
    const value = readValue(dn, equals + 1)
    if (value === undefined) return undefined
    parts.push({ type: typesByOid[type] ?? type, value: value.text })
    const separator = dn[value.end]
    if (separator !== '+') {
      names.push(parts)
      parts = []
    }
    if (separator === undefined) return names
    at = value.end + 1
  }
}

/**
 * The same text for every spelling of one DN: case and blanks do not count, nor does the order of parts in an
 * RDN or the way a character is escaped. A text that is no DN comes back in lower case.
 */
export function normaliseDn(dn: string): string {
  const names = parseDn(dn)
  if (names === undefined) return dn.trim().toLowerCase()
  return JSON.stringify(
    names.map(parts => parts.map(part => `${part.type}=${normaliseValue(part.value)}`).sort()),
  )
}

/** The value of `type` in the first RDN, undefined where it does not stand there. */
export function rdnValue(dn: string, type: string): string | undefined {
  return parseDn(dn)?.[0]?.find(part => part.type === type)?.value
}

/** Directory strings compare without case and with runs of blanks as one (caseIgnoreMatch, RFC 4518). */
export function normaliseValue(value: string): string {
  return value.normalize('NFKC').toLowerCase().trim().replaceAll(/ +/g, ' ')
}

function readValue(dn: string, start: number): { text: string; end: number } | undefined {
  const bytes: Buffer[] = []
  let at = start
  while (dn[at] === ' ') at++
  const quoted = dn[at] === '"'
  if (quoted) at++
  // Blanks at the end do not belong to the value, unless they are escaped.
  let keep = 0
  for (; at < dn.length; at++) {
    const char = dn[at]
    if (quoted ? char === '"' : char === ',' || char === '+' || char === ';') break
    if (char === '\\') {
      const hex = /^[0-9a-fA-F]{2}/.exec(dn.slice(at + 1, at + 3))
      if (hex === null && at + 1 >= dn.length) return undefined
      bytes.push(hex === null ? characterAt(dn, at + 1) : Buffer.from(hex[0], 'hex'))
      at += hex === null ? ((dn.codePointAt(at + 1) ?? 0) > 0xffff ? 2 : 1) : 2
      keep = bytes.length
      continue
    }
    const character = characterAt(dn, at)
    bytes.push(character)
    if ((dn.codePointAt(at) ?? 0) > 0xffff) at++
    if (char !== ' ' || quoted) keep = bytes.length
  }
  if (quoted) {
    if (dn[at] !== '"') return undefined
    at++
    while (dn[at] === ' ') at++
    if (at < dn.length && !',+;'.includes(dn[at] ?? '')) return undefined
  }
  return { text: Buffer.concat(bytes.slice(0, keep)).toString('utf8'), end: at }
}

function characterAt(text: string, at: number): Buffer {
  return Buffer.from(String.fromCodePoint(text.codePointAt(at) ?? 0), 'utf8')
}
