import { linesOf } from './diff.js'

const MASK = '***'
/** Behind a value that looks as before, since what differs is masked. */
export const ANOTHER_SECRET = ' (another secret)'
/** Shorter ones would mask half of a file, and are no secrets. */
const LEAST = 4

const PEM_BEGIN = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const PEM_END = /-----END [A-Z ]*PRIVATE KEY-----/
/** `://user:PASSWORD@host` */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*:)[^\s@]+(?=@)/gi
/** What names a secret, and what follows it. Apache's ProxyPass and ServerTokens, and the names of files, are none. */
const NAMED =
  /((?:passw(?:or)?d|passphrase|pwd\b|\bpass\b|secret|(?<!Server)token|api[-_]?key|authorization|credential|private[-_]?key)\w*["']?(?:\s*[:=]\s*|\s+))(?![/\s:=])(\S.*)$/i

/** Apache's one directive whose password follows a name and no such word. */
const FAKED = /(\bAuthBasicFake\s+\S+\s+)\S.*$/i

/**
 * The lines of a text as people may see them, as many as it has: known secrets, passwords in addresses, private keys
 * and whatever follows a word that names a secret are masked. What a site's own fragment holds is nobody's to know.
 */
export function maskedLines(text: string, secrets: readonly string[]): string[] {
  const known = secrets
    .filter(secret => secret.length >= LEAST)
    .sort((one, other) => other.length - one.length)
  let inKey = false
  return linesOf(text).map(line => {
    if (inKey) {
      inKey = !PEM_END.test(line)
      return inKey ? MASK : line
    }
    inKey = PEM_BEGIN.test(line)
    const without = known.reduce((shown, secret) => shown.replaceAll(secret, MASK), line)
    return without.replace(URL_PASSWORD, `$1${MASK}`).replace(NAMED, `$1${MASK}`).replace(FAKED, `$1${MASK}`)
  })
}
