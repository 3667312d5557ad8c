import { setTimeout } from 'node:timers/promises'
import { parseVhosts } from '../../services/apache/vhosts.js'
import { type CertificateFacts, type CertificateFiles, readCertificate } from '../../services/certificate.js'
import type { SettingsState } from '../../transaction/state.js'

/** certbot takes its link away before it makes the new one; one that stays away is gone. */
const GONE_MS = 200

/** The certificates that Apache has loaded, by their files, as the state keeps them. */
export type LoadedCertificates = SettingsState['certificates']

/**
 * The certificates of our virtual host as they are on disk now. One that was served and cannot be used at the moment is
 * marked as being renewed: certbot, and whoever copies files, replaces certificate and key one after the other.
 */
export async function readServed(vhostText: string, loaded: LoadedCertificates): Promise<CertificateFacts[]> {
  return Promise.all(certificatesIn(vhostText).map(files => readOne(files, loaded)))
}

/** Candidates, with those marked that are served and being renewed. */
export function markRenewing(
  candidates: CertificateFacts[],
  served: readonly CertificateFacts[],
): CertificateFacts[] {
  return candidates.map(one =>
    served.some(other => other.renewing === true && isSame(other, one)) ? { ...one, renewing: true } : one,
  )
}

/** What is served is not what lies on disk and could be: a text that is another one for each renewal, else undefined. */
export async function renewedSince(state: SettingsState): Promise<string | undefined> {
  if (state.held || state.retiredAt !== undefined) return undefined
  const found: string[] = []
  for (const [certificateFile, { keyFile, chainFile, fingerprint }] of Object.entries(
    state.certificates ?? {},
  )) {
    const now = await readCertificate('in-use', { certificateFile, keyFile, chainFile }, false)
    if (now.unusable === undefined && now.fingerprint !== fingerprint) found.push(now.fingerprint)
  }
  return found.length === 0 ? undefined : found.join(' ')
}

/** Not relative to Apache's folder, a variable of its own, or a token (`pkcs11:…`): those are for Apache to know. */
function isPlainPath(name: string): boolean {
  return name.startsWith('/') && !name.includes('${')
}

async function readOne(files: CertificateFiles, loaded: LoadedCertificates): Promise<CertificateFacts> {
  const known = loadedOf(files, loaded)
  const facts = await readCertificate('in-use', files)
  if (known === undefined || facts.fingerprint === known.fingerprint) return facts
  // Another one than Apache has loaded: what it would refuse must not come to a reload.
  let fresh = await readCertificate('in-use', files, false)
  if (fresh.missing) {
    await setTimeout(GONE_MS)
    fresh = await readCertificate('in-use', files, false)
  }
  return fresh.unusable === undefined || fresh.missing ? fresh : { ...fresh, renewing: true }
}

/** All that a vhost's text names by plain paths: with the same certificate, two keys are two. */
export function certificatesNamed(text: string): CertificateFiles[] {
  const all = parseVhosts(text).flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate]))
  return all.filter(one => isPlainPath(one.certificateFile) && isPlainPath(one.keyFile))
}

/** Each certificate that a vhost's text names by plain paths, once. */
export function certificatesIn(text: string): CertificateFiles[] {
  return [...new Map(certificatesNamed(text).map(files => [files.certificateFile, files])).values()]
}

/** The loaded certificate of the same files. */
export function loadedOf(files: CertificateFiles, loaded: LoadedCertificates) {
  const { certificateFile } = files
  const known = Object.hasOwn(loaded ?? {}, certificateFile) ? loaded?.[certificateFile] : undefined
  return known !== undefined && isSame({ certificateFile, ...known }, files) ? known : undefined
}

/** Named by the same files. */
export function isSame(one: CertificateFiles, other: CertificateFiles): boolean {
  const { certificateFile, keyFile, chainFile } = one
  return (
    certificateFile === other.certificateFile && keyFile === other.keyFile && chainFile === other.chainFile
  )
}
