import { setTimeout } from 'node:timers/promises'
import { requiredVirtualHost } from '../../config/addresses.js'
import { TeamchatError } from '../../errors.js'
import { parseVhosts } from '../../services/apache/vhosts.js'
import { type CertificateFacts, type CertificateFiles, readCertificate } from '../../services/certificate.js'
import type { SettingsState } from '../../transaction/state.js'
import type { HostState } from '../host/host-state.js'
import type { ChangePlan } from '../plan/change-plan.js'

/** certbot takes its link away before it makes the new one; one that stays away is gone. */
const GONE_MS = 200

type Loaded = SettingsState['certificates']

/**
 * The certificates of our virtual host as they are on disk now. One that was served and cannot be used at the moment is
 * marked as being renewed: certbot, and whoever copies files, replaces certificate and key one after the other.
 */
export async function readServed(vhostText: string, loaded: Loaded): Promise<CertificateFacts[]> {
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

/**
 * Why Apache must load the certificates of a vhost's text anew: another one under the same path. What it will have
 * loaded then is remembered with the change. One that is being renewed waits, which is said.
 */
export function planCertificates(text: string, hostState: HostState, changePlan: ChangePlan): string[] {
  const causes: string[] = []
  const next: NonNullable<Loaded> = {}
  for (const files of certificatesIn(text)) {
    const { certificateFile, keyFile, chainFile } = files
    const facts = [...hostState.served, ...hostState.certificates].find(one => isSame(one, files))
    const known = knownOf(files, hostState.state.certificates)
    if (facts?.renewing === true && known !== undefined) {
      next[certificateFile] = known
      changePlan.renewing.push(
        `the certificate ${certificateFile} cannot be loaded just now: ${facts.unusable}`,
      )
    }
    // What nobody has looked at yet is looked at with the vhost that names it: see `rememberLoaded`.
    if (facts === undefined || facts.unusable !== undefined) continue
    next[certificateFile] = { keyFile, chainFile, fingerprint: facts.fingerprint }
    if (known !== undefined && known.fingerprint !== facts.fingerprint) causes.push(renewed(facts, hostState))
  }
  changePlan.remember.certificates = next
  const again = 'it is looked at again; until then Apache serves the one that it has loaded'
  changePlan.notes.push(...changePlan.renewing.map(line => `${line}: ${again}`))
  return [...new Set(causes)]
}

/** A certificate that the check of the vhost has found good: Apache has loaded it once the change is done. */
export function rememberLoaded(facts: CertificateFacts, changePlan: ChangePlan): void {
  const { certificateFile, keyFile, chainFile, fingerprint } = facts
  const { certificates } = changePlan.remember
  if (Object.hasOwn(certificates ?? {}, certificateFile)) return
  changePlan.remember.certificates = {
    ...certificates,
    [certificateFile]: { keyFile, chainFile, fingerprint },
  }
}

/** Throws `services.failed`, which is tried again, where Apache would have to load a certificate in mid-renewal. */
export function checkRenewing(hostState: HostState, changePlan: ChangePlan): void {
  const [reason] = changePlan.renewing
  const { unit } = hostState.apache
  const isTouched =
    changePlan.vhost !== undefined || changePlan.services.actions.some(action => action.unit === unit)
  if (reason === undefined || !isTouched) return
  throw new TeamchatError('services.failed', `cannot reload ${unit}: ${reason}`, {
    hint: 'nothing was changed, and it is tried again; is the certificate being renewed? else put the files right',
  })
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

async function readOne(files: CertificateFiles, loaded: Loaded): Promise<CertificateFacts> {
  const known = knownOf(files, loaded)
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

function certificatesIn(text: string): CertificateFiles[] {
  return [...new Map(certificatesNamed(text).map(files => [files.certificateFile, files])).values()]
}

/** What is known of it, named by the same files. */
function knownOf(files: CertificateFiles, loaded: Loaded) {
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

function renewed({ validTo }: CertificateFacts, { settings }: HostState): string {
  const day = new Date(validTo).toISOString().slice(0, 10)
  return `certificate of ${requiredVirtualHost(settings)} renewed (valid until ${day})`
}
