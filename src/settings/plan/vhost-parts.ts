import { requiredVirtualHost } from '../../config/addresses.js'
import { VHOST_OUTPUT } from '../../config/outputs/definition.js'
import { TeamchatError } from '../../errors.js'
import type { CertificateFacts } from '../../services/certificate.js'
import { certificatesIn, isSame, type LoadedCertificates, loadedOf } from '../host/certificates.js'
import type { HostState } from '../host/host-state.js'
import { asidePath, pending, type TakenVhostNow } from '../host/taken-vhosts.js'
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

/**
 * Takes the site's own virtual hosts out of Apache's way, in the same change that brings ours: a link goes, its file
 * stays; a file is moved aside. What somebody puts back later is not taken away again. Why Apache must look again.
 */
export function planDisabling(hostState: HostState): { causes: string[]; parts: PlanPart[] } {
  const going = pending(hostState)
  const entries = hostState.state.takenVhosts ?? []
  const takenVhosts = entries.map(entry => ({ ...entry, disabled: true }))
  const isNew = entries.some(entry => !entry.disabled)
  return {
    causes: going.map(causeOf),
    parts: [...going.flatMap(disable), ...(isNew ? [{ next: { remember: { takenVhosts } } }] : [])],
  }
}

function causeOf({ path }: TakenVhostNow): string {
  return `teamchat adopt --vhost: ours takes the place of ${path}`
}

function disable(now: TakenVhostNow): PlanPart[] {
  if (now.changed) throw changedSince(now.path)
  const place = { output: VHOST_OUTPUT, path: now.path }
  const removed: PlanPart = {
    files: [{ ...place, change: 'remove', changes: [causeOf(now)] }],
    steps: [{ step: 'remove', ...place }],
    apache: { without: [now.path] },
  }
  return now.link ? [removed] : [moveAside(now), removed]
}

function moveAside(now: TakenVhostNow): PlanPart {
  const place = { output: VHOST_OUTPUT, path: asidePath(now.path) }
  const change = now.aside === undefined ? 'create' : 'change'
  return {
    files: [{ ...place, change, changes: [`the site's own ${now.path}, moved aside`] }],
    steps: [{ step: 'write', ...place, text: now.text, from: now.aside, ...now.access }],
  }
}

function changedSince(path: string): TeamchatError {
  return new TeamchatError('check.failed', `cannot replace ${path}: it was changed since it was taken over`, {
    hint: 'nothing was changed; look at it, then run teamchat adopt --vhost again',
  })
}
