import { X509Certificate } from 'node:crypto'
import { urlOf } from '../config/addresses.js'
import { reasonOf } from '../errors.js'
import { apacheProgramName } from '../services/apache/program.js'
import { requestSite, type SiteAnswer } from '../services/site-request.js'
import { readFileIfPresent } from '../system/files/files.js'
import { certificateOf } from './certificate.js'
import { type Check, notOurSite } from './check.js'
import { fail, pass, type Said, warn } from './finding.js'

/** Mattermost answers through the virtual host by TLS, as a browser would reach it. */
export const siteCheck: Check = {
  name: 'site',
  unless: notOurSite,
  look: async (view, signal) => {
    const { host = '', settings, apache } = view
    const prefix = (urlOf(settings.mattermost.siteUrl)?.pathname ?? '').replace(/\/+$/, '')
    const path = `${prefix}/api/v4/system/ping`
    const [answer, file] = await Promise.all([
      requestSite({ scheme: 'https', host, path }, signal).catch(reasonOf),
      certificateOf(view).catch(() => undefined), // the certificate's own line says why
    ])
    return judgeSite(answer, {
      url: `https://${host}${path}`,
      unit: apache.unit,
      program: apacheProgramName(apache.platform),
      mattermost: settings.mattermost.unit,
      fingerprint: file === undefined ? '' : await fingerprintOf(file.certificateFile),
    })
  },
}

export interface SiteFacts {
  url: string
  /** The web server's unit and program. */
  unit: string
  program: string
  /** Mattermost's unit. */
  mattermost: string
  /** SHA-256 of the certificate in the file; '' where unknown. */
  fingerprint: string
}

/** `answer`: what came by TLS, or why nothing did. */
export function judgeSite(answer: SiteAnswer | string, site: SiteFacts): Said[] {
  if (typeof answer === 'string')
    return [
      fail(site.url, `port 443 of this host does not answer by TLS: ${answer}`, startLine(answer, site)),
    ]
  const found: Said[] = []
  if (answer.status === 502 || answer.status === 503 || answer.status === 504) {
    found.push(
      fail(
        site.url,
        `the web server answers, and does not reach Mattermost (HTTP ${answer.status})`,
        `systemctl status ${site.mattermost}; teamchat plan`,
      ),
    )
  } else if (!isPing(answer)) {
    found.push(
      fail(
        site.url,
        `something else than Mattermost answers (HTTP ${answer.status}): another virtual host comes first, or ours is not in place`,
        `teamchat apply && ${site.program} -S`,
      ),
    )
  }
  if (site.fingerprint !== '' && answer.fingerprint !== '' && site.fingerprint !== answer.fingerprint) {
    found.push(
      warn(
        site.url,
        'the web server shows another certificate than the one in the file: it was not reloaded since',
        `systemctl reload ${site.unit}`,
      ),
    )
  }
  return found.length > 0 ? found : [pass(site.url, 'Mattermost answers through the virtual host')]
}

function startLine(reason: string, site: SiteFacts): string {
  return /ECONNREFUSED/.test(reason)
    ? `systemctl start ${site.unit}; ${site.program} -S`
    : `${site.program} -S; journalctl -u ${site.unit} -n 50`
}

function isPing({ status, body }: SiteAnswer): boolean {
  return (status === 200 || status === 500) && /"status"\s*:\s*"/.test(body)
}

async function fingerprintOf(path: string): Promise<string> {
  try {
    const content = await readFileIfPresent(path)
    return content === undefined ? '' : new X509Certificate(content).fingerprint256
  } catch {
    return '' // the certificate's own line says what is wrong with the file
  }
}
