import { basename, dirname, join } from 'node:path'
import { requiredVirtualHost } from '../../config/addresses.js'
import { sha256 } from '../../config/hash.js'
import { VHOST_OUTPUT } from '../../config/outputs/definition.js'
import { lostLines } from '../../config/shrink-guard.js'
import { renderText } from '../../config/templates/render.js'
import { differingLines, linesText } from '../../config/text/diff.js'
import { TeamchatError } from '../../errors.js'
import { missingModules } from '../../services/apache/modules.js'
import { serves } from '../../services/apache/vhosts.js'
import { restoredText } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import { pending } from '../host/taken-vhosts.js'
import { textCauses } from './causes.js'
import type { OutputPlan, PlanPart } from './change-plan.js'
import { holdText, type Source } from './held-templates.js'
import {
  accessOf,
  certificateChoice,
  checkShrink,
  outputOf,
  type Planning,
  shownLines,
  variablesOf,
} from './planning.js'
import { planCertificates, planDisabling } from './vhost-parts.js'

/** The vhost and the link that enables it. Throws `check.failed`. */
export function planVhost(planning: Planning): OutputPlan {
  const { hostState, options } = planning
  const { apache, vhost } = hostState
  checkVhostPlace(hostState)
  const output = outputOf(options, VHOST_OUTPUT)
  const source = { output, variables: variablesOf(planning) }
  const restored = restoredText(options.restore.generation, output.name, apache.vhostFile)
  const rendered = restored ?? renderText(output, source.variables)
  const file = { path: apache.vhostFile, live: vhost?.text, text: rendered }
  const held = restored === undefined ? holdText(source, file, planning) : { isHeld: false, part: {} }
  const text = held.isHeld && vhost !== undefined ? vhost.text : rendered
  const shrinking =
    vhost === undefined || restored !== undefined
      ? []
      : checkShrink(output.name, lostLines(vhost.text, text), options.shrink)
  const modules = planModules(text, hostState)
  const disabling = planDisabling(hostState)
  const certificates = planCertificates(text, hostState)
  const change = planText(text, { ...source, restored: restored !== undefined }, planning)
  const link = planLink(text, hostState)
  const before = [...modules.causes, ...disabling.causes]
  const causes = [...before, ...certificates.causes, ...change.causes, ...link.causes]
  return {
    parts: [
      {
        remarks: { notes: [...certificateChoice(planning).notes, ...shrinking] },
        inForce: [{ output: output.name, path: apache.vhostFile }],
        // Apache must accept what it has never seen with them.
        apache: { vhost: before.length > 0 ? text : undefined },
        next: { outputs: held.isHeld ? {} : { [output.name]: sha256(text) } },
      },
      held.part,
      ...modules.parts,
      ...disabling.parts,
      certificates.part,
      ...change.parts,
      ...link.parts,
    ],
    causes: causes.length === 0 ? undefined : causes,
  }
}

interface Planned {
  parts: PlanPart[]
  causes: string[]
}

/** The vhost's file, where it is to hold another text. */
function planText(
  text: string,
  { output, variables, restored }: Source & { restored: boolean },
  planning: Planning,
): Planned {
  const { apache, state, vhost } = planning.hostState
  if (vhost?.text === text) return { parts: [], causes: [] }
  const place = { output: output.name, path: apache.vhostFile }
  const changes = differingLines(vhost?.text ?? '', text, shownLines(planning.hostState))
  const last = state.outputs[output.name]
  const isEdited = vhost?.ours === true && last !== undefined && last !== sha256(vhost.text)
  const what = `${apache.vhostFile} changes (${linesText(changes.length)})`
  return {
    parts: [
      {
        files: [{ ...place, change: vhost === undefined ? 'create' : 'change', changes }],
        steps: [
          {
            step: 'write',
            ...place,
            text,
            from: vhost?.text,
            ...accessOf(output),
          },
        ],
        apache: { vhost: text },
        remarks: { putBack: isEdited ? [`${apache.vhostFile} was changed by somebody and is put back`] : [] },
      },
    ],
    causes: textCauses({ output, variables }, { what, restored }, planning),
  }
}

/** The link that enables the vhost, where there is none. */
function planLink(text: string, { apache, vhostLinks }: HostState): Planned {
  const { vhostLink: link, vhostLinkTarget: target } = apache
  if (link === undefined || target === undefined || vhostLinks.length > 0) return { parts: [], causes: [] }
  // A vhost that was not enabled has never been seen by Apache.
  return { parts: [{ ...linkPart(link, target), apache: { vhost: text } }], causes: [`${link} is made`] }
}

function linkPart(path: string, target: string): PlanPart {
  const place = { output: VHOST_OUTPUT, path }
  return {
    files: [{ ...place, change: 'create', changes: [`→ ${target}`] }],
    steps: [{ step: 'link', ...place, target }],
  }
}

/** Takes our vhost and its links away; a vhost that is not ours stays. */
export function planRemoval({ hostState, options, changed }: Planning): OutputPlan {
  const { apache, settings, vhost, vhostLinks, state } = hostState
  const forgotten: PlanPart =
    state.certificates === undefined ? {} : { next: { remember: { certificates: {} } } }
  const isLeftToSite = settings.mattermost.webServer === 'none'
  if (vhost?.ours === false) {
    const notes = isLeftToSite ? [] : [`${apache.vhostFile} is not ours and stays`]
    return { parts: [forgotten, { remarks: { notes } }], causes: undefined }
  }
  const property = isLeftToSite ? 'mattermost.WebServer' : 'mattermost.status'
  const cause =
    !isLeftToSite && settings.mattermost.status === 'enabled'
      ? `generation ${options.restore.generation?.number} had no virtual host`
      : (changed.of([property])[0] ?? `${property} ${isLeftToSite ? 'none' : 'disabled'}`)
  // Links first: Apache does not start with one that leads nowhere.
  const gone = vhost === undefined ? (isLeftToSite ? [] : vhostLinks) : [...vhostLinks, apache.vhostFile]
  return {
    parts: [forgotten, ...gone.map(path => removalPart(path, cause))],
    causes: gone.length === 0 ? undefined : [cause],
  }
}

function removalPart(path: string, cause: string): PlanPart {
  const place = { output: VHOST_OUTPUT, path }
  return {
    files: [{ ...place, change: 'remove', changes: [cause] }],
    steps: [{ step: 'remove', ...place }],
  }
}

/** Links that enable the modules that the vhost needs, as a2enmod makes them. */
function planModules(text: string, { modules, apache, state }: HostState): Planned {
  const missing = modules === undefined ? [] : missingModules(text, modules)
  const { modules: folders } = apache
  if (modules === undefined || folders === undefined || missing.length === 0) return { parts: [], causes: [] }
  const files = missing.flatMap(({ name }) =>
    modules.available.get(name)?.hasConf === true ? [`${name}.load`, `${name}.conf`] : [`${name}.load`],
  )
  const names = missing.map(({ name }) => name)
  const enabled = [...new Set([...(state.modules ?? []), ...names])]
  return {
    parts: [
      ...files.map(file =>
        linkPart(join(folders.enabled, file), `../${basename(folders.available)}/${file}`),
      ),
      { apache: { modules: missing }, next: { remember: { modules: enabled } } },
    ],
    causes: [`modules of Apache are enabled: ${names.join(', ')}`],
  }
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
  if (vhost === undefined || vhost.ours || state.outputs[VHOST_OUTPUT] === sha256(vhost.text)) return
  throw new TeamchatError(
    'check.failed',
    `cannot write ${apache.vhostFile}: somebody else wrote what is there now`,
    {
      hint: `nothing was changed; move it out of ${dirname(apache.vhostFile)}, or type: teamchat config setprop mattermost WebServer none`,
    },
  )
}
