import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { reasonOf } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import { readFileIfPresent } from '../system/files/files.js'

/** Where a certificate was named. */
export type CertificateSource = 'mattermost' | 'in-use' | 'pki' | 'letsencrypt' | 'self-signed'

export interface CertificateFiles {
  certificateFile: string
  keyFile: string
  /** '' without one. */
  chainFile: string
}

/** A certificate as it was read. */
export interface CertificateFacts extends CertificateFiles {
  source: CertificateSource
  /** Why it cannot be used (unreadable, or key and certificate differ); undefined where it can. */
  unusable: string | undefined
  /** True where none of the files exist at all. */
  missing: boolean
  selfSigned: boolean
  /** Host names that it is for, with wildcards. */
  names: string[]
  /** Milliseconds since 1970. */
  validFrom: number
  validTo: number
  /** SHA-256 of every certificate in the files and of the key's public part; '' where it cannot be used. */
  fingerprint: string
  /** It has been served, and its files do not fit each other just now, as in the middle of a renewal. */
  renewing?: true
}

const NOTHING = { selfSigned: false, names: [], validFrom: 0, validTo: 0, fingerprint: '' }

/**
 * Reads a certificate with its key and chain, and says whether it can be used: readable, the key belongs to it, and
 * OpenSSL loads them (Apache's own test accepts what does not, and a reload with it takes the site down). Links are followed, since
 * certbot's `live` folder consists of them. No word of a key ever reaches a message. `isLoaded`: Apache serves it already.
 */
export async function readCertificate(
  source: CertificateSource,
  files: CertificateFiles,
  isLoaded = source === 'in-use',
): Promise<CertificateFacts> {
  const facts = { source, ...files, ...NOTHING, missing: false }
  try {
    const [certificateText, keyText] = [await read(files.certificateFile), await read(files.keyFile)]
    const chainText = files.chainFile === '' ? Buffer.alloc(0) : await read(files.chainFile)
    const certificate = parsed(
      files.certificateFile,
      'certificate',
      () => new X509Certificate(certificateText),
    )
    const key = parsed(files.keyFile, 'unencrypted private key', () => createPrivateKey(keyText))
    const unusable = certificate.checkPrivateKey(key)
      ? whyNotServed(files, isLoaded, { certificate: certificateText, key: keyText, chain: chainText })
      : `the key ${files.keyFile} does not belong to it`
    return {
      ...facts,
      unusable,
      fingerprint: unusable === undefined ? fingerprintOf([certificateText, chainText], key) : '',
      selfSigned: certificate.subject === certificate.issuer,
      names: namesOf(certificate),
      validFrom: Date.parse(certificate.validFrom),
      validTo: Date.parse(certificate.validTo),
    }
  } catch (error) {
    return { ...facts, unusable: reasonOf(error), missing: error instanceof MissingFile }
  }
}

/**
 * Loads the files as Apache does, since its own test does not: DER, a torn certificate behind the first one, or a key
 * below OpenSSL's level 2 (what Debian and RHEL use) all pass `-t` and end Apache with its next reload. One that is in
 * use has been loaded already, whatever the level there.
 */
function whyNotServed(
  { certificateFile, chainFile }: CertificateFiles,
  isLoaded: boolean,
  { certificate, key, chain }: { certificate: Buffer; key: Buffer; chain: Buffer },
): string | undefined {
  const level = isLoaded ? 0 : 2
  const reasonWith = (cert: Buffer) => {
    try {
      createSecureContext({ cert, key, ciphers: `DEFAULT@SECLEVEL=${level}` })
      return undefined
    } catch (error) {
      return (error as { reason?: string }).reason ?? reasonOf(error)
    }
  }
  const own = reasonWith(certificate)
  if (own !== undefined) return `OpenSSL cannot load ${certificateFile}: ${own}`
  const whole = reasonWith(Buffer.concat([certificate, Buffer.from('\n'), chain]))
  return whole === undefined ? undefined : `OpenSSL cannot load ${chainFile}: ${whole}`
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What a client would see of it, however the files are spelled. */
function fingerprintOf(texts: Buffer[], key: KeyObject): string {
  const hash = createHash('sha256')
  for (const text of texts) {
    for (const [block] of text.toString('latin1').matchAll(PEM_CERTIFICATE)) {
      hash.update(new X509Certificate(block).raw)
    }
  }
  return hash.update(createPublicKey(key).export({ type: 'spki', format: 'der' })).digest('hex')
}

class MissingFile extends Error {}

async function read(path: string): Promise<Buffer> {
  if (path === '') throw new Error('its key file is not named')
  const content = await readFileIfPresent(path).catch(error => {
    throw new Error(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? reasonOf(error)}`)
  })
  if (content === undefined) throw new MissingFile(`there is no ${path}`)
  return content
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    // OpenSSL's words name a routine and no content, but they help nobody either.
    throw new Error(isMissing(error) ? reasonOf(error) : `${path} holds no ${what}`)
  }
}

/** Alternative names; browsers look at nothing else, so the common name counts only where there are none. */
function namesOf(certificate: X509Certificate): string[] {
  const alternatives = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map(
    match => match[1] ?? '',
  )
  if (alternatives.length > 0) return alternatives
  const common = /(?:^|\n)CN=(.+)/.exec(certificate.subject)?.[1]
  return common === undefined ? [] : [common]
}

/** How certbot will renew a certificate. */
export interface Renewal {
  /** certbot's name for it. */
  name: string
  /** `apache`, `webroot`, `standalone`, `nginx`, a DNS plugin …; '' where it does not say. */
  authenticator: string
  /** The folder that certbot puts the proof for this host into; undefined without one. */
  webroot: string | undefined
}

/**
 * How the certificate of `file` (`…/live/NAME/…`) is renewed, by certbot's own note; undefined where it is none of
 * certbot's. `folder`: where the notes lie.
 */
export async function readRenewal(file: string, host: string, folder: string): Promise<Renewal | undefined> {
  const name = /\/etc\/letsencrypt\/live\/([^/]+)\//.exec(file)?.[1]
  if (name === undefined) return undefined
  const text = (await readFileIfPresent(join(folder, `${name}.conf`)))?.toString('utf8')
  if (text === undefined) return undefined
  const of = (key: string) =>
    new RegExp(`^\\s*${key.replaceAll(/[.*]/g, '\\$&')}\\s*=\\s*(.*?)\\s*$`, 'm').exec(text)?.[1]
  const first = (of('webroot_path') ?? '').split(',').map(part => part.trim())[0]
  const webroot = of(host) ?? first
  return {
    name,
    authenticator: of('authenticator') ?? '',
    webroot: webroot?.startsWith('/') === true ? webroot : undefined,
  }
}
