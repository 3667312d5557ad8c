import { createPrivateKey, X509Certificate } from 'node:crypto'
import { reasonOf } from '../errors.js'
import { isMissing, readFileIfPresent } from '../system/files.js'

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
}

const NOTHING = { selfSigned: false, names: [], validFrom: 0, validTo: 0 }

/**
 * Reads a certificate with its key and chain, and says whether it can be used: readable, and the key belongs to it
 * (Apache's own test accepts a key that does not, and a reload with it takes the site down). Links are followed, since
 * certbot's `live` folder consists of them. No word of a key ever reaches a message.
 */
export async function readCertificate(
  source: CertificateSource,
  files: CertificateFiles,
): Promise<CertificateFacts> {
  const facts = { source, ...files, ...NOTHING, missing: false }
  try {
    const [certificateText, keyText] = [await read(files.certificateFile), await read(files.keyFile)]
    if (files.chainFile !== '') await read(files.chainFile)
    const certificate = parsed(
      files.certificateFile,
      'certificate',
      () => new X509Certificate(certificateText),
    )
    const key = parsed(files.keyFile, 'unencrypted private key', () => createPrivateKey(keyText))
    return {
      ...facts,
      unusable: certificate.checkPrivateKey(key)
        ? undefined
        : `the key ${files.keyFile} does not belong to it`,
      selfSigned: certificate.subject === certificate.issuer,
      names: namesOf(certificate),
      validFrom: Date.parse(certificate.validFrom),
      validTo: Date.parse(certificate.validTo),
    }
  } catch (error) {
    return { ...facts, unusable: reasonOf(error), missing: error instanceof MissingFile }
  }
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
