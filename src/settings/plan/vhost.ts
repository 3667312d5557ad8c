import { basename, dirname, join } from 'node:path'
import { requiredVirtualHost } from '../../config/addresses.js'
import { lostLines } from '../../config/shrink-guard.js'
import { renderText } from '../../config/templates/render.js'
import { differingLines, linesText } from '../../config/text/diff.js'
import { TeamchatError } from '../../errors.js'
import { missingModules } from '../../services/apache/modules.js'
import { serves } from '../../services/apache/vhosts.js'
import { pending, planDisabling } from '../adopt/taken-vhosts.js'
import { planCertificates } from '../checks/certificates.js'
import { restoredText } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import { textCauses } from './causes.js'
import {
  type ChangePlan,
  checkShrink,
  hashOf,
  outputOf,
  type PlanOptions,
  shownLines,
  VHOST_OUTPUT,
  variablesOf,
} from './change-plan.js'
import { holdsText } from './held-templates.js'

/** The vhost and the link that enables it; why Apache must look again, or undefined. Throws `check.failed`. */
export function planVhost(
  hostState: HostState,
  options: PlanOptions,
  changePlan: ChangePlan,
): string[] | undefined {
  const { apache, state, vhost } = hostState
  checkVhostPlace(hostState)
  const output = outputOf(options, VHOST_OUTPUT)
  const variables = variablesOf(hostState, options, changePlan.notes)
  const restored = restoredText(options.restore.generation, output.name, apache.vhostFile)
  const rendered = restored ?? renderText(output, variables)
  const isHeld =
    restored === undefined &&
    holdsText(
      output,
      variables,
      { path: apache.vhostFile, live: vhost?.text, text: rendered },
      hostState,
      options,
      changePlan,
    )
  const text = isHeld && vhost !== undefined ? vhost.text : rendered
  if (vhost !== undefined && restored === undefined)
    checkShrink(output.name, lostLines(vhost.text, text), options, changePlan)
  changePlan.inForce.push({ output: output.name, path: apache.vhostFile })
  const causes = [...planModules(text, hostState, changePlan), ...planDisabling(hostState, changePlan)]
  // Apache must accept what it has never seen with them.
  if (causes.length > 0) changePlan.vhost = text
  causes.push(...planCertificates(text, hostState, changePlan))
  if (vhost?.text !== text) {
    const changes = differingLines(vhost?.text ?? '', text, shownLines(hostState))
    changePlan.vhost = text
    changePlan.files.push({
      output: output.name,
      path: apache.vhostFile,
      change: vhost === undefined ? 'create' : 'change',
      changes,
    })
    changePlan.steps.push({
      step: 'write',
      output: output.name,
      path: apache.vhostFile,
      text,
      from: vhost?.text,
      mode: Number.parseInt(output.definition.mode, 8),
      owner: output.definition.owner === 'folder' ? 'folder' : 'root',
    })
    const last = state.outputs[output.name]
    if (vhost?.ours === true && last !== undefined && last !== hashOf(vhost.text)) {
      changePlan.putBack.push(`${apache.vhostFile} was changed by somebody and is put back`)
    }
    const what = `${apache.vhostFile} changes (${linesText(changes.length)})`
    causes.push(...textCauses(output, variables, what, restored !== undefined, options, changePlan))
  }
  const { vhostLink: link, vhostLinkTarget: target } = apache
  if (link !== undefined && target !== undefined && hostState.vhostLinks.length === 0) {
    changePlan.files.push({ output: output.name, path: link, change: 'create', changes: [`→ ${target}`] })
    changePlan.steps.push({ step: 'link', output: output.name, path: link, target })
    causes.push(`${link} is made`)
    // A vhost that was not enabled has never been seen by Apache.
    changePlan.vhost = text
  }
  if (!isHeld) changePlan.outputs = { ...changePlan.outputs, [output.name]: hashOf(text) }
  return causes.length === 0 ? undefined : causes
}

/** Takes our vhost and its links away; a vhost that is not ours stays. Why Apache must look again, or undefined. */
export function planRemoval(
  hostState: HostState,
  { restore }: Pick<PlanOptions, 'restore'>,
  changePlan: ChangePlan,
): string[] | undefined {
  const { apache, settings, vhost, vhostLinks } = hostState
  if (hostState.state.certificates !== undefined) changePlan.remember.certificates = {}
  const isLeftToSite = settings.mattermost.webServer === 'none'
  if (vhost?.ours === false) {
    if (!isLeftToSite) changePlan.notes.push(`${apache.vhostFile} is not ours and stays`)
    return undefined
  }
  if (vhost === undefined && isLeftToSite) return undefined
  const property = isLeftToSite ? 'mattermost.WebServer' : 'mattermost.status'
  const cause =
    !isLeftToSite && settings.mattermost.status === 'enabled'
      ? `generation ${restore.generation?.number} had no virtual host`
      : (changePlan.changed.of([property])[0] ?? `${property} ${isLeftToSite ? 'none' : 'disabled'}`)
  // Links first: Apache does not start with one that leads nowhere.
  const gone = [...vhostLinks, ...(vhost === undefined ? [] : [apache.vhostFile])]
  for (const path of gone) {
    changePlan.files.push({ output: VHOST_OUTPUT, path, change: 'remove', changes: [cause] })
    changePlan.steps.push({ step: 'remove', output: VHOST_OUTPUT, path })
  }
  return gone.length === 0 ? undefined : [cause]
}

/** Links that enable what the vhost needs, as a2enmod makes them; why Apache must look again. */
function planModules(text: string, hostState: HostState, changePlan: ChangePlan): string[] {
  const { modules, apache, state } = hostState
  if (modules === undefined || apache.modules === undefined) return []
  changePlan.modules = missingModules(text, modules)
  for (const { name } of changePlan.modules) {
    const files = modules.available.get(name)?.hasConf === true ? ['load', 'conf'] : ['load']
    for (const file of files.map(ending => `${name}.${ending}`)) {
      const path = join(apache.modules.enabled, file)
      const target = `../${basename(apache.modules.available)}/${file}`
      changePlan.files.push({ output: VHOST_OUTPUT, path, change: 'create', changes: [`→ ${target}`] })
      changePlan.steps.push({ step: 'link', output: VHOST_OUTPUT, path, target })
    }
  }
  if (changePlan.modules.length === 0) return []
  const names = changePlan.modules.map(({ name }) => name)
  changePlan.remember.modules = [...new Set([...(state.modules ?? []), ...names])]
  return [`modules of Apache are enabled: ${names.join(', ')}`]
}

/** Ours may stand neither beside another vhost of the name nor over a file that we do not know. */
function checkVhostPlace(hostState: HostState): void {
  const { apache, vhost, state } = hostState
  const host = requiredVirtualHost(hostState.settings)
  const goes = new Set(pending(hostState).map(now => now.path))
  const other = hostState.vhostFiles.find(
    file =>
      !file.ours &&
      file.realPath !== apache.vhostFile &&
      !goes.has(file.path) &&
      file.vhosts.some(one => serves(one, host)),
  )
  if (other !== undefined) {
    throw new TeamchatError('check.failed', `cannot set up the vhost: ${other.path} already serves ${host}`, {
      hint: 'nothing was changed; take it over with teamchat adopt --vhost, disable that site, choose another VirtualHost, or type: teamchat config setprop mattermost WebServer none',
    })
  }
  if (vhost === undefined || vhost.ours || state.outputs[VHOST_OUTPUT] === hashOf(vhost.text)) return
  throw new TeamchatError(
    'check.failed',
    `cannot write ${apache.vhostFile}: somebody else wrote what is there now`,
    {
      hint: `nothing was changed; move it out of ${dirname(apache.vhostFile)}, or type: teamchat config setprop mattermost WebServer none`,
    },
  )
}
