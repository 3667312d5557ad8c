import type { Platform } from '../paths.js'
import { type ApacheState, readApacheState } from '../services/apache/listing.js'
import { apacheProgramName, findApache, noApache } from '../services/apache/program.js'
import { type Check, notOurSite } from './check.js'
import { fail, pass, type Said } from './finding.js'

/** Apache's own test of its live configuration, and the modules that our virtual host needs. */
export const apacheCheck: Check = {
  name: 'apache',
  unless: notOurSite,
  look: async ({ apache, exec, env }) => {
    const program = await findApache(apache.platform, exec, env)
    if (program === undefined) {
      const none = noApache(apache.platform)
      return [fail('', none.message, none.hint)]
    }
    return judgeApache(await readApacheState(program, exec, env), apache.platform, program.version)
  },
}

/** By the directives of templates/mattermost.conf; a directive in a complaint names the module that is missing. */
const MODULES: { module: string; directives: RegExp; olderThan?: readonly [number, number, number] }[] = [
  { module: 'ssl', directives: /^SSL/i },
  { module: 'proxy', directives: /^Proxy/i },
  { module: 'proxy_http', directives: /^Proxy/i },
  { module: 'headers', directives: /^RequestHeader$/i },
  { module: 'alias', directives: /^(Alias|RedirectMatch)$/i },
  { module: 'rewrite', directives: /^Rewrite/i, olderThan: [2, 4, 47] },
  { module: 'proxy_wstunnel', directives: /^Proxy/i, olderThan: [2, 4, 47] },
]

export function judgeApache(
  state: ApacheState,
  platform: Platform,
  version: readonly [number, number, number] | undefined,
): Said[] {
  const program = apacheProgramName(platform)
  const found: Said[] = []
  const directive = /Invalid command '([^']+)'/.exec(state.complaint ?? '')?.[1] ?? ''
  const needed = MODULES.filter(({ olderThan }) => olderThan === undefined || isOlder(version, olderThan))
  const missing = needed.filter(({ module, directives }) =>
    state.modules === undefined ? directives.test(directive) : !state.modules.includes(`${module}_module`),
  )
  if (missing.length > 0) {
    const names = missing.map(({ module }) => module)
    found.push(fail('modules', `not enabled: ${names.join(', ')}`, enable(names, platform)))
  }
  if (state.complaint !== undefined) {
    found.push(
      fail(
        `${program} -t`,
        state.complaint,
        missing.length > 0 ? enable(namesOf(missing), platform) : `mend that line, then: ${program} -t`,
      ),
    )
  }
  if (found.length > 0) return found
  return [
    pass(
      `${program} -t`,
      `its configuration is sound, and the modules are there: ${namesOf(needed).join(', ')}`,
    ),
  ]
}

function namesOf(modules: { module: string }[]): string[] {
  return modules.map(({ module }) => module)
}

function enable(names: string[], platform: Platform): string {
  if (platform === 'debian') return `a2enmod ${names.join(' ')} && systemctl restart apache2`
  const lines = names
    .filter(name => name !== 'ssl')
    .map(name => `LoadModule ${name}_module modules/mod_${name}.so`)
  const load = lines.length === 0 ? '' : `in /etc/httpd/conf.modules.d: ${lines.join('; ')}; then: `
  return `${names.includes('ssl') ? 'dnf install mod_ssl; ' : ''}${load}systemctl restart httpd`
}

function isOlder(version: readonly number[] | undefined, limit: readonly number[]): boolean {
  for (const [index, number] of limit.entries()) {
    const has = version?.[index] ?? number
    if (has !== number) return has < number
  }
  return false
}
