import { asTeamchatError, reasonOf, TeamchatError } from '../errors.js'
import { accountCheck } from './account.js'
import { acmeCheck } from './acme.js'
import { apacheCheck } from './apache.js'
import { certificateCheck } from './certificate.js'
import type { Check } from './check.js'
import { configFileCheck } from './config-file.js'
import { diskCheck } from './disk.js'
import { dnsCheck } from './dns.js'
import { environmentCheck } from './environment.js'
import { filesCheck } from './files.js'
import { type DoctorReport, type Finding, fail, type Said, skip, worstOf } from './finding.js'
import { followingCheck } from './following.js'
import { healthCheck } from './health.js'
import { hostCheck } from './host.js'
import { nodeCheck } from './node.js'
import { providerCheck } from './provider.js'
import { seatsCheck } from './seats.js'
import { selinuxCheck } from './selinux.js'
import { settingsCheck } from './settings.js'
import { siteCheck } from './site.js'
import { socketCheck } from './socket.js'
import { apacheUnitCheck, daemonUnitCheck, mattermostUnitCheck } from './units.js'
import { type DoctorParts, openView, type View } from './view.js'

/** In the order of the report: this host, the site's face, the web server, Mattermost, people. */
export const allChecks: readonly Check[] = [
  settingsCheck,
  nodeCheck,
  daemonUnitCheck,
  filesCheck,
  diskCheck,
  dnsCheck,
  certificateCheck,
  acmeCheck,
  apacheUnitCheck,
  apacheCheck,
  selinuxCheck,
  siteCheck,
  mattermostUnitCheck,
  configFileCheck,
  environmentCheck,
  socketCheck,
  healthCheck,
  accountCheck,
  hostCheck,
  seatsCheck,
  providerCheck,
  followingCheck,
]

/** Every effect has a shorter limit of its own; this one is for what has none, such as a hung file system. */
const CHECK_LIMIT_MS = 10_000

/**
 * Looks at everything at the same time, each check within its limit, and says what came out. Nothing is changed but
 * for the probe file of `acme`, which is gone again. Never throws: what cannot be looked at is a fail.
 */
export async function examine(
  parts: DoctorParts,
  options: { checks?: readonly Check[]; limitMs?: number } = {},
): Promise<DoctorReport> {
  const { checks = allChecks, limitMs = CHECK_LIMIT_MS } = options
  const view = await limited(openView(parts), limitMs).catch(error =>
    asTeamchatError(error, 'db.unreadable', 'read the settings'),
  )
  if (view instanceof Error) {
    const findings: Finding[] = [
      { check: settingsCheck.name, ...fail(parts.paths.configurationDb, view.message, view.hint) },
      ...checks
        .filter(check => check !== settingsCheck)
        .map(check => ({ check: check.name, ...skip('the DB cannot be read') })),
    ]
    return { worst: 'fail', findings }
  }
  const findings = (await Promise.all(checks.map(check => findingsOf(check, view, limitMs)))).flat()
  return { worst: worstOf(findings), findings }
}

async function findingsOf(check: Check, view: View, limitMs: number): Promise<Finding[]> {
  const said = await lookOnce(check, view, limitMs).catch(error => [
    error instanceof TeamchatError
      ? fail('', error.message, error.hint)
      : fail('', `cannot look: ${reasonOf(error)}`, 'journalctl -n 50; teamchat doctor'),
  ])
  return said.map(one => ({ check: check.name, ...one }))
}

async function lookOnce(check: Check, view: View, limitMs: number): Promise<Said[]> {
  const reason = check.unless?.(view)
  if (reason !== undefined) return [skip(reason)]
  // The signal fires first, so that what heeds it can say more than that it was late.
  return limited(check.look(view, AbortSignal.timeout(limitMs * 0.8)), limitMs)
}

async function limited<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
