import { chooseCertificate, nameFits } from '../config/certificate-choice.js'
import type { CertificateFacts } from '../services/certificate.js'
import { readCertificates } from '../settings/host/host-state.js'
import { readFileIfPresent } from '../system/files/files.js'
import { type Check, notApache, notWanted } from './check.js'
import { fail, pass, type Said, shellWord, warn } from './finding.js'
import type { View } from './view.js'

/** The certificate of the virtual host: the one in use, else the one that would be taken. */
export const certificateCheck: Check = {
  name: 'certificate',
  unless: view =>
    notWanted(view) ?? notApache(view) ?? (view.host === undefined ? 'the site has no name' : undefined),
  look: async view => {
    const { host = '', settings } = view
    const now = view.now().getTime()
    const site = { host, webroot: settings.mattermost.acmeWebroot, apache: view.apache.unit, now }
    return judgeCertificate(await certificateOf(view), site)
  },
}

/** undefined: there is none. Throws `check.failed` where files that the DB names cannot be used. */
export async function certificateOf(view: View): Promise<CertificateFacts | undefined> {
  const { settings, paths, apache, host = '' } = view
  const vhost = (await readFileIfPresent(apache.vhostFile))?.toString('utf8')
  const candidates = await readCertificates(settings, paths, apache, vhost)
  const inUse = candidates.find(one => one.source === 'in-use')
  return inUse ?? chooseCertificate(candidates, host, view.now().getTime()).chosen
}

export interface CertificateSite {
  host: string
  /** AcmeWebroot. */
  webroot: string
  /** The web server's unit. */
  apache: string
  /** Milliseconds since 1970. */
  now: number
}

const DAY_MS = 86_400_000
/** Let's Encrypt's are renewed 30 days before their end: at 14 something has gone wrong for two weeks. */
const SOON_DAYS = 14

export function judgeCertificate(facts: CertificateFacts | undefined, site: CertificateSite): Said[] {
  const { host, now } = site
  const fetch = `certbot certonly --webroot -w ${shellWord(site.webroot)} -d ${host}`
  if (facts === undefined)
    return [fail(host, 'there is no certificate: port 80 alone answers, with 503', fetch)]
  const file = facts.certificateFile
  if (facts.unusable !== undefined) {
    return [
      fail(
        file,
        `it cannot be used: ${facts.unusable}; the web server will not come up with it again`,
        `put back the certificate and its key ${facts.keyFile}, or name others: teamchat config setprop mattermost CertificateFile FILE KeyFile FILE`,
      ),
    ]
  }
  const renew = renewal(facts, site)
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  const left = Math.floor((facts.validTo - now) / DAY_MS)
  const found: Said[] = []
  if (facts.validTo < now) found.push(fail(file, `it has expired on ${day(facts.validTo)}`, renew))
  else if (left < SOON_DAYS)
    found.push(
      warn(
        file,
        `it ends on ${day(facts.validTo)}, ${left === 1 ? 'in 1 day' : `in ${left} days`}, and nothing has renewed it`,
        renew,
      ),
    )
  if (facts.validFrom > now)
    found.push(
      fail(file, `it is valid from ${day(facts.validFrom)} only: is the clock right?`, 'timedatectl'),
    )
  if (!nameFits(facts.names, host))
    found.push(fail(file, `it is for ${facts.names.join(', ') || 'no name'}, not for ${host}`, fetch))
  if (facts.selfSigned)
    found.push(warn(file, 'it is self-signed: browsers warn, and the mobile apps refuse it', fetch))
  return found.length > 0
    ? found
    : [pass(file, `for ${host}, until ${day(facts.validTo)}, and the key belongs to it`)]
}

function renewal(facts: CertificateFacts, site: CertificateSite): string {
  const lineage = /\/etc\/letsencrypt\/live\/([^/]+)\//.exec(facts.certificateFile)?.[1]
  if (lineage !== undefined)
    return `certbot renew --cert-name ${shellWord(lineage)} && systemctl reload ${site.apache}`
  return `put a new one into ${facts.certificateFile} and its key into ${facts.keyFile}, then: systemctl reload ${site.apache}`
}
