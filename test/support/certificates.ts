import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Host } from './host/host.js'

/** Runs openssl with these arguments; rejects with its output when it fails. */
export type Openssl = (args: readonly string[]) => Promise<unknown>

/** PEM files of a certificate and its private key (mode 0600). */
export interface Certificate {
  certFile: string
  keyFile: string
}

export interface CertificateRequest {
  /** Stem of the files in the folder, and the subject's common name unless that is given. */
  name: string
  commonName?: string
  dnsNames?: readonly string[]
  /** IP addresses: libldap checks the address it was given, not a name for it. */
  addresses?: readonly string[]
  /** Default: a day ago, so that a clock that is behind accepts it. */
  validFrom?: Date
  /** Default: a year from now. In the past for an expired certificate. */
  validTo?: Date
  /** Signs it; without one it signs itself. */
  authority?: Certificate
  key?: 'ec' | 'rsa'
}

const dayMs = 24 * 60 * 60 * 1000

/** The machine's own openssl. */
export const machineOpenssl: Openssl = args => promisify(execFile)('openssl', [...args])

/** The openssl of a test host, for machines without; the folder must then be one in `host.shared`. */
export function hostOpenssl(host: Host): Openssl {
  return args => host.run(['openssl', ...args])
}

/** A certificate that may sign others, in FOLDER/NAME.crt and .key. */
export function createAuthority(openssl: Openssl, folder: string, name = 'authority'): Promise<Certificate> {
  return create(openssl, folder, { name, commonName: `Test ${name}` }, 'CA:TRUE')
}

/**
 * A server's certificate in FOLDER/NAME.crt and .key; its folder is made. Throws with openssl's words.
 */
export function createCertificate(
  openssl: Openssl,
  folder: string,
  request: CertificateRequest,
): Promise<Certificate> {
  return create(openssl, folder, request, 'CA:FALSE')
}

async function create(
  openssl: Openssl,
  folder: string,
  request: CertificateRequest,
  constraints: 'CA:TRUE' | 'CA:FALSE',
): Promise<Certificate> {
  const { name, authority, validFrom = new Date(Date.now() - dayMs) } = request
  const validTo = request.validTo ?? new Date(Date.now() + 365 * dayMs)
  const file = (end: string) => join(folder, `${name}.${end}`)
  await mkdir(folder, { recursive: true })
  await writeFile(file('index'), '')
  await writeFile(file('cnf'), configuration(folder, name, request, constraints))
  const algorithm =
    request.key === 'rsa'
      ? ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']
      : ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
  await openssl(['genpkey', ...algorithm, '-out', file('key')])
  const config = ['-config', file('cnf')]
  await openssl(['req', '-new', ...config, '-key', file('key'), '-out', file('csr')])
  const signer =
    authority === undefined
      ? ['-selfsign', '-keyfile', file('key')]
      : ['-cert', authority.certFile, '-keyfile', authority.keyFile]
  // `openssl ca`, since `req` and `x509` of Debian 12 take no dates.
  const dates = ['-startdate', asn1Time(validFrom), '-enddate', asn1Time(validTo)]
  await openssl([
    'ca',
    '-batch',
    '-notext',
    ...config,
    ...signer,
    ...dates,
    '-in',
    file('csr'),
    '-out',
    file('crt'),
  ])
  return { certFile: file('crt'), keyFile: file('key') }
}

function configuration(
  folder: string,
  stem: string,
  request: CertificateRequest,
  constraints: string,
): string {
  const names = [
    ...(request.dnsNames ?? []).map(name => `DNS:${name}`),
    ...(request.addresses ?? []).map(address => `IP:${address}`),
  ]
  return `[req]
prompt = no
distinguished_name = subject
[subject]
CN = ${request.commonName ?? request.name}
[ca]
default_ca = authority
[authority]
database = ${join(folder, `${stem}.index`)}
new_certs_dir = ${folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
basicConstraints = critical, ${constraints}
subjectKeyIdentifier = hash
${names.length === 0 ? '' : `subjectAltName = ${names.join(', ')}`}
`
}

/** YYYYMMDDHHMMSSZ */
function asn1Time(date: Date): string {
  return `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`
}
