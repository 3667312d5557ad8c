import { reasonOf } from '../errors.js'
import { apacheProgramName } from '../services/apache/program.js'
import { type AcmeProbe, requestSite, type SiteAnswer, withAcmeProbe } from '../services/site-request.js'
import { isMissing } from '../system/files/errors.js'
import { type Check, notOurSite } from './check.js'
import { fail, pass, type Said, shellWord } from './finding.js'

/** A certificate authority would get its proof: a file below AcmeWebroot comes back through port 80. */
export const acmeCheck: Check = {
  name: 'acme',
  unless: notOurSite,
  look: async (view, signal) => {
    const { host = '', settings } = view
    const webroot = settings.mattermost.acmeWebroot
    const { unit, platform } = view.apache
    const site = { host, webroot, unit, program: apacheProgramName(platform) }
    try {
      return await withAcmeProbe(webroot, async probe => {
        const answer = await requestSite({ scheme: 'http', host, path: probe.path }, signal).catch(reasonOf)
        return judgeProbe(answer, probe, site)
      })
    } catch (error) {
      return judgeNoProbe(error, webroot)
    }
  },
}

/** `answer`: what came through port 80, or why nothing did. */
export function judgeProbe(
  answer: SiteAnswer | string,
  probe: AcmeProbe,
  site: { host: string; webroot: string; unit: string; program: string },
): Said[] {
  const url = `http://${site.host}/.well-known/acme-challenge/`
  if (typeof answer === 'string')
    return [fail(url, `port 80 of this host does not answer: ${answer}`, `systemctl start ${site.unit}`)]
  if (answer.status === 200 && answer.body === probe.content)
    return [pass(url, `a file below ${site.webroot} comes back through port 80 of this host`)]
  if (answer.status === 403) {
    return [
      fail(
        url,
        `the web server may not read a file below ${site.webroot}`,
        `chmod o+rx ${shellWord(site.webroot)} && namei -l ${shellWord(`${site.webroot}/.well-known`)}`,
      ),
    ]
  }
  const came = answer.location === '' ? `HTTP ${answer.status}` : `a redirect to ${answer.location}`
  return [
    fail(
      url,
      `a file below ${site.webroot} does not come back (${came}): another virtual host answers, or ours is not in place`,
      `teamchat apply && ${site.program} -S`,
    ),
  ]
}

/** The probe file could not be put where it belongs. */
export function judgeNoProbe(error: unknown, webroot: string): Said[] {
  const cause = error instanceof Error ? error.cause : undefined
  if (isMissing(cause ?? error))
    return [fail(webroot, 'there is no such folder', `mkdir -p ${shellWord(webroot)}`)]
  return [fail(webroot, reasonOf(error), `namei -l ${shellWord(webroot)}`)]
}
