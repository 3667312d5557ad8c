import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { reasonOf, TeamchatError } from '../../errors.js'

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
