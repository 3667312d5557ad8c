import { isRunning } from '../../config/services/plan.js'
import { requestSite, type SiteAnswer, type SiteQuestion } from '../../services/site-request.js'
import type { Systemctl } from '../../services/systemd.js'
import type { HealthCheck } from './look.js'

const PING = '/api/v4/system/ping?get_server_status=true'

/** How a site is asked; tests answer themselves. */
export type AskSite = (question: SiteQuestion, signal: AbortSignal) => Promise<SiteAnswer>

/** A unit runs. `name`: what it is to us, since the unit's own name may be what changes. */
export function unitCheck(name: string, unit: string, systemctl: Pick<Systemctl, 'show'>): HealthCheck {
  return {
    name,
    trouble: async () => {
      const facts = await systemctl.show(unit)
      if (isRunning(facts)) return undefined
      const isOver = ['failed', 'inactive'].includes(facts.activeState) && facts.job === ''
      const why = facts.activeState === 'failed' && facts.result !== '' ? ` (${facts.result})` : ''
      const said = `${unit} is ${facts.activeState || 'not there'}${why}`
      return isOver ? { lasting: said } : said
    },
  }
}

/** Mattermost answers on its local-mode socket. */
export function socketCheck(
  socket: string,
  reachable: (signal: AbortSignal) => Promise<boolean>,
): HealthCheck {
  return {
    name: 'local socket',
    trouble: async signal =>
      (await reachable(signal)) ? undefined : `Mattermost does not answer on its local socket ${socket}`,
  }
}

/**
 * Mattermost answers on its port, and says that its database and its file store are well. `prefix`: the path of its
 * site's address, below which it answers once it was started with it.
 */
export function portCheck(
  address: { host: string; port: number; prefix: string },
  ask: AskSite = requestSite,
): HealthCheck {
  const { host, port, prefix } = address
  return {
    name: 'Mattermost',
    trouble: async signal => {
      const question = { scheme: 'http', host: 'localhost', address: host, port } as const
      const answer = await ping(question, prefix, ask, signal)
      return answer === undefined ? undefined : `Mattermost does not answer on ${host}:${port}: ${answer}`
    },
  }
}

/** Mattermost answers through the virtual host by TLS, as a browser on this host would reach it; any certificate will do. */
export function siteCheck(site: { host: string; prefix: string }, ask: AskSite = requestSite): HealthCheck {
  return {
    name: 'site',
    trouble: async signal => {
      const answer = await ping({ scheme: 'https', host: site.host }, site.prefix, ask, signal)
      return answer === undefined
        ? undefined
        : `https://${site.host} does not lead to Mattermost (asked on 127.0.0.1:443): ${answer}`
    },
  }
}

/** Somebody answers by HTTP on port 80, whatever it is that he says. */
export function webServerCheck(ask: AskSite = requestSite): HealthCheck {
  return {
    name: 'web server',
    trouble: signal =>
      ask({ scheme: 'http', method: 'HEAD', host: '127.0.0.1', path: '/' }, signal).then(
        () => undefined,
        error => `the web server does not answer on port 80: ${codeOf(error)}`,
      ),
  }
}

/** Another site of the same web server answers, and with no fault of the server's. */
export function otherSiteCheck(
  site: Pick<SiteQuestion, 'scheme' | 'host'> & { port: number },
  ask: AskSite = requestSite,
): HealthCheck {
  const url = `${site.scheme}://${site.host}:${site.port}`
  return {
    name: url,
    trouble: signal =>
      ask({ ...site, method: 'HEAD', path: '/' }, signal).then(
        ({ status }) => (status < 500 ? undefined : `${url}, another site here, answers with HTTP ${status}`),
        error => `${url}, another site here, does not answer: ${codeOf(error)}`,
      ),
  }
}

/** Why none of the paths leads to a Mattermost that is well; undefined where one does. */
async function ping(
  question: Omit<SiteQuestion, 'path'>,
  prefix: string,
  ask: AskSite,
  signal: AbortSignal,
): Promise<string | undefined> {
  let reason = ''
  // A path in SiteURL counts from Mattermost's next start on.
  for (const path of new Set([`${prefix}${PING}`, PING])) {
    try {
      const answer = await ask({ ...question, path }, signal)
      const said = judgePing(answer)
      if (said === undefined) return undefined
      reason ||= said
    } catch (error) {
      return codeOf(error)
    }
  }
  return reason
}

/** Why an answer is none of a Mattermost that is well. It answers 500, and says what is ill, where something is. */
export function judgePing({ status, body }: Pick<SiteAnswer, 'status' | 'body'>): string | undefined {
  if (status === 200 && /"status"\s*:\s*"OK"/.test(body)) return undefined
  const ill = ['database', 'filestore'].filter(part =>
    new RegExp(`"${part}_status"\\s*:\\s*"UNHEALTHY"`).test(body),
  )
  return ill.length === 0 ? `HTTP ${status}` : `its ${ill.join(' and its ')} is not well (HTTP ${status})`
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message
}
