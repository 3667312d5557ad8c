import { backendOf, listenAddressOf, requiredVirtualHost, urlOf } from '../../config/addresses.js'
import { parseJson, valueAt } from '../../config/json/json.js'
import { leafVariable } from '../../config/leaves.js'
import { CONFIG_OUTPUT, VHOST_OUTPUT } from '../../config/outputs/definition.js'
import { reasonOf, TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { ApacheTest } from '../../services/apache/candidate.js'
import { impossiblePort } from '../../services/apache/listing.js'
import { apacheProgramName, noApache } from '../../services/apache/program.js'
import { testRemoval, testVhost } from '../../services/apache/test-vhost.js'
import { readCertificate } from '../../services/certificate.js'
import { requestSite, unreachable } from '../../services/site-request.js'
import type { Exec } from '../../system/exec.js'
import { judgePing } from '../health/checks.js'
import { certificatesNamed, isSame, type LoadedCertificates } from '../host/certificates.js'
import type { HostState } from '../host/host-state.js'
import type { ChangePlan } from '../plan/change-plan.js'
import { checkConfigAccess } from './access.js'
import { checkCandidates } from './site-check.js'

export interface CheckParts {
  paths: Paths
  exec: Exec
  env: NodeJS.ProcessEnv
  /** Services are ours to touch; else nobody's port is asked. */
  services: boolean
}

const PORT_MS = 2_000

/** Findings of the checks; the plan itself is as it was. */
export interface Findings {
  /** Remarks, a line each. */
  notes: string[]
  /** Certificates that the vhost names and nobody had looked at: good, and loaded once the change is done. */
  certificates: NonNullable<LoadedCertificates>
}

/**
 * All that is tried on the candidates before anything is written: JSON, ports, certificates and keys, Apache's own test,
 * the programs of the site's own outputs. Throws `check.failed`.
 */
export async function checkPlan(
  hostState: HostState,
  changePlan: ChangePlan,
  parts: CheckParts,
): Promise<Findings> {
  checkConfigText(changePlan)
  if (parts.paths.root === '') await checkConfigAccess(hostState, changePlan, parts.exec)
  await checkListenPort(hostState, changePlan, parts)
  checkRenewing(hostState, changePlan)
  const { vhost } = changePlan.apache
  if (vhost !== undefined) checkPorts(vhost, hostState.apache.vhostFile)
  const certificates =
    vhost === undefined
      ? {}
      : await checkCertificates(vhost, hostState, changePlan.next.remember.certificates)
  const notes = await checkVhost(hostState, changePlan, parts)
  await checkCandidates(changePlan.checks, parts)
  return { notes, certificates }
}

/** Mattermost does not start on what it cannot parse, and takes a reload of it for no reload at all. */
function checkConfigText(changePlan: ChangePlan): void {
  const step = changePlan.steps.find(one => one.output === CONFIG_OUTPUT)
  if (step?.step !== 'write') return
  try {
    parseJson(step.text)
  } catch (cause) {
    throw new TeamchatError(
      'check.failed',
      `cannot write ${step.path}: it would not be JSON: ${reasonOf(cause)}`,
      {
        hint: 'nothing was changed; this is a fault of teamchatd: please report it',
        cause,
      },
    )
  }
}

/** A port on which somebody else listens would leave Mattermost waiting, with its old port gone. */
async function checkListenPort(
  hostState: HostState,
  changePlan: ChangePlan,
  parts: CheckParts,
): Promise<void> {
  const { settings, live, variables, unit } = hostState
  if (!parts.services || parts.paths.root !== '' || unit === undefined) return
  if (!changePlan.steps.some(step => step.output === CONFIG_OUTPUT)) return
  if (variables.has(leafVariable('ServiceSettings.ListenAddress'))) return
  const next = urlOf(`http://${backendOf(listenAddressOf(settings))}`)
  const now = valueAt(live?.value, ['ServiceSettings', 'ListenAddress'])
  const portOf = (address: string) => address.slice(address.lastIndexOf(':') + 1)
  const port = Number(next?.port || 80)
  const isItself = unit.activeState === 'active' && typeof now === 'string' && portOf(now) === String(port)
  if (next === undefined || isItself) return
  const host = next.hostname.replace(/^\[|\]$/g, '')
  if ((await unreachable(host, port, PORT_MS)) !== undefined) return
  // One that was started by hand, or has not been restarted since.
  if (await isMattermost(host, port)) return
  throw new TeamchatError(
    'check.failed',
    `cannot let Mattermost listen on ${host}:${port}: another program does`,
    {
      hint: `nothing was changed; see who: ss -ltnp 'sport = :${port}'; or choose another: teamchat config setprop mattermost ListenPort 8065`,
    },
  )
}

async function isMattermost(address: string, port: number): Promise<boolean> {
  const question = { scheme: 'http', host: 'localhost', address, port, path: '/api/v4/system/ping' } as const
  try {
    const answer = await requestSite(question, AbortSignal.timeout(PORT_MS))
    return judgePing(answer) === undefined
  } catch {
    return false // whoever it is, it speaks no HTTP
  }
}

/** Apache's own test on the new vhost, or without the old one, and what that test lets pass. */
async function checkVhost(
  hostState: HostState,
  changePlan: ChangePlan,
  parts: CheckParts,
): Promise<string[]> {
  const { paths, exec, env } = parts
  const { program, apache } = hostState
  const isRemoved = changePlan.steps.some(step => step.output === VHOST_OUTPUT && step.step === 'remove')
  const { vhost: text, modules, without } = changePlan.apache
  if (text === undefined && !isRemoved) return []
  if (program === undefined) {
    // Where the web server is the site's own matter, and where it has gone with its vhosts.
    if (text === undefined) return []
    if (paths.root === '') throw noApache(apache.platform)
    return [`the vhost is not checked: no ${apacheProgramName(apache.platform)}`]
  }
  const test: ApacheTest = {
    program,
    exec,
    env,
    paths: apache,
    root: paths.root,
    runFolder: paths.runFolder,
    links: hostState.vhostLinks,
    modules: modules.map(({ name }) => name),
    without,
  }
  if (text === undefined) return testRemoval(test)
  const isEnabled = apache.vhostLink === undefined || hostState.vhostLinks.length > 0
  return testVhost({
    ...test,
    text,
    host: requiredVirtualHost(hostState.settings),
    isLive: hostState.vhost !== undefined && isEnabled,
  })
}

function checkPorts(text: string, path: string): void {
  const found = impossiblePort(text)
  if (found === undefined) return
  throw new TeamchatError(
    'check.failed',
    `cannot use the vhost: line ${found.line} of ${path} names the port ${found.port}, and ports end at 65535`,
    { hint: 'nothing was changed; correct the fragment in templates-custom/mattermost.conf' },
  )
}

/**
 * A site's own fragment may name other files than the settings do; a reload with a bad one takes every site down. Gives the
 * good ones that `known` lacks, so that their renewal is noticed from then on. Throws `check.failed`.
 */
async function checkCertificates(
  text: string,
  hostState: HostState,
  known: LoadedCertificates,
): Promise<Findings['certificates']> {
  const found: Findings['certificates'] = {}
  for (const files of certificatesNamed(text)) {
    const isJudged = hostState.certificates.some(one => isSame(one, files) && one.unusable === undefined)
    if (isJudged) continue
    const { certificateFile, keyFile, chainFile, fingerprint, unusable } = await readCertificate(
      'mattermost',
      files,
    )
    if (unusable !== undefined) {
      throw new TeamchatError(
        'check.failed',
        `cannot use the certificate ${files.certificateFile} of the vhost: ${unusable}`,
        {
          hint: 'nothing was changed; correct the fragment in templates-custom/mattermost.conf, or the files',
        },
      )
    }
    if (!Object.hasOwn({ ...known, ...found }, certificateFile)) {
      found[certificateFile] = { keyFile, chainFile, fingerprint }
    }
  }
  return found
}

/** Throws `services.failed`, which is tried again, where Apache would have to load a certificate in mid-renewal. */
function checkRenewing({ apache }: HostState, { remarks, services, ...changePlan }: ChangePlan): void {
  const [reason] = remarks.renewing
  const isTouched =
    changePlan.apache.vhost !== undefined || services.actions.some(action => action.unit === apache.unit)
  if (reason === undefined || !isTouched) return
  throw new TeamchatError('services.failed', `cannot reload ${apache.unit}: ${reason}`, {
    hint: 'nothing was changed, and it is tried again; is the certificate being renewed? if not, correct the files',
  })
}
