import { TeamchatError } from '../errors.js'
import type { CertificateFacts, CertificateFiles, CertificateSource } from '../services/certificate.js'

export interface CertificateChoice {
  chosen: CertificateFacts | undefined
  notes: string[]
}

/**
 * Which certificate the vhost of `host` uses. Explicit files win (mattermost, then pki), then the one in use where it
 * would otherwise give way to a self-signed one, then Let's Encrypt's, then the system's own. A valid one (dates and
 * name fit) is never replaced by a self-signed one, nor one that is being renewed. Name, dates and issuer are only remarked on.
 * Throws `check.failed` where files that the DB names cannot be used. `now`: milliseconds since 1970.
 */
export function chooseCertificate(
  candidates: CertificateFacts[],
  host: string,
  now: number,
): CertificateChoice {
  const of = (source: CertificateSource) => candidates.filter(candidate => candidate.source === source)
  for (const explicit of [...of('mattermost'), ...of('pki')]) {
    if (explicit.unusable !== undefined && explicit.renewing !== true)
      throw unusable(explicit, explicit.unusable)
    if (explicit.source === 'mattermost') return remark(explicit, host, now)
  }
  const canServe = (one: CertificateFacts) => one.unusable === undefined || one.renewing === true
  const usable = (list: CertificateFacts[]) => list.find(canServe)
  const inUse = usable(of('in-use'))
  const pick = usable([...of('pki'), ...of('letsencrypt'), ...of('self-signed')])
  if (pick === undefined || pick.selfSigned) {
    const better = [inUse, ...of('letsencrypt')].find(
      one => one !== undefined && canServe(one) && isValid(one, host, now) && !one.selfSigned,
    )
    if (better !== undefined && !sameFiles(better, pick)) {
      const kept = remark(better, host, now)
      if (pick?.source === 'pki') {
        kept.notes.push(
          `the certificate of pki is self-signed: ${better.certificateFile}, which is valid, stays`,
        )
      }
      return kept
    }
    if (inUse !== undefined && pick?.source !== 'pki') return remark(inUse, host, now)
  }
  if (pick === undefined) {
    return {
      chosen: undefined,
      notes: [
        `no certificate for ${host}: port 80 alone answers, for a certificate to be fetched (name one with mattermost CertificateFile and KeyFile)`,
      ],
    }
  }
  return remark(pick, host, now)
}

/** Whether a name fits a certificate's names; a wildcard stands for one label. */
export function nameFits(names: string[], host: string): boolean {
  const wanted = host.toLowerCase()
  return names.some(name => {
    const has = name.toLowerCase()
    if (has === wanted) return true
    return has.startsWith('*.') && wanted.slice(wanted.indexOf('.') + 1) === has.slice(2)
  })
}

function isValid(facts: CertificateFacts, host: string, now: number): boolean {
  if (facts.renewing === true) return true
  return facts.validFrom <= now && now <= facts.validTo && nameFits(facts.names, host)
}

function sameFiles(one: CertificateFiles, other: CertificateFiles | undefined): boolean {
  return one.certificateFile === other?.certificateFile && one.keyFile === other.keyFile
}

function remark(chosen: CertificateFacts, host: string, now: number): CertificateChoice {
  // Nothing is known of it just now; whoever looks at what is served says so.
  if (chosen.renewing === true) return { chosen, notes: [] }
  const notes: string[] = []
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  const file = chosen.certificateFile
  if (chosen.validTo < now) notes.push(`the certificate ${file} has expired on ${day(chosen.validTo)}`)
  if (chosen.validFrom > now)
    notes.push(`the certificate ${file} is valid from ${day(chosen.validFrom)} only`)
  if (!nameFits(chosen.names, host)) notes.push(`the certificate ${file} is not for ${host}`)
  if (chosen.selfSigned) notes.push(`the certificate ${file} is self-signed: browsers and apps will warn`)
  return { chosen, notes }
}

function unusable(facts: CertificateFacts, reason: string): TeamchatError {
  const properties =
    facts.source === 'mattermost'
      ? 'CertificateFile, KeyFile and ChainFile of the record mattermost'
      : 'CrtFile, KeyFile and ChainFile of the record pki'
  return new TeamchatError('check.failed', `cannot use the certificate ${facts.certificateFile}: ${reason}`, {
    hint: `nothing was changed; correct ${properties}, or the files`,
  })
}
