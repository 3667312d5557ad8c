import { requiredVirtualHost } from '../../config/addresses.js'
import type { CertificateFacts } from '../../services/certificate.js'
import { certificatesIn, isSame, type LoadedCertificates, loadedOf } from '../host/certificates.js'
import type { HostState } from '../host/host-state.js'
import type { PlanPart } from './change-plan.js'

/**
 * Why Apache must load the certificates of a vhost's text anew: another one lies under the same path. The state remembers
 * what Apache will have loaded then. A certificate that is being renewed waits, and that is said.
 */
export function planCertificates(text: string, hostState: HostState): { causes: string[]; part: PlanPart } {
  const causes: string[] = []
  const renewing: string[] = []
  const certificates: NonNullable<LoadedCertificates> = {}
  for (const files of certificatesIn(text)) {
    const { certificateFile, keyFile, chainFile } = files
    const facts = [...hostState.served, ...hostState.certificates].find(one => isSame(one, files))
    const known = loadedOf(files, hostState.state.certificates)
    if (facts?.renewing === true && known !== undefined) {
      certificates[certificateFile] = known
      renewing.push(`the certificate ${certificateFile} cannot be loaded just now: ${facts.unusable}`)
    }
    // One that nobody has looked at yet is looked at by the check of the vhost that names it.
    if (facts === undefined || facts.unusable !== undefined) continue
    certificates[certificateFile] = { keyFile, chainFile, fingerprint: facts.fingerprint }
    if (known !== undefined && known.fingerprint !== facts.fingerprint) causes.push(renewed(facts, hostState))
  }
  const again = 'it is looked at again; until then Apache serves the one that it has loaded'
  const notes = renewing.map(line => `${line}: ${again}`)
  return {
    causes: [...new Set(causes)],
    part: { remarks: { notes, renewing }, next: { remember: { certificates } } },
  }
}

function renewed({ validTo }: CertificateFacts, { settings }: HostState): string {
  const day = new Date(validTo).toISOString().slice(0, 10)
  return `certificate of ${requiredVirtualHost(settings)} renewed (valid until ${day})`
}
