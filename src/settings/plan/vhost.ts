import { basename, dirname, join } from 'node:path'
import { requiredVirtualHost } from '../../config/addresses.js'
import { lostLines } from '../../config/shrink-guard.js'
import { renderText } from '../../config/templates/render.js'
import { differingLines, linesText } from '../../config/text/diff.js'
import { TeamchatError } from '../../errors.js'
import { missingModules } from '../../services/apache/modules.js'
import { serves } from '../../services/apache/vhosts.js'
import { draftDisabling, pending } from '../adopt/taken-vhosts.js'
import { draftCertificates } from '../checks/certificates.js'
import { restoredText } from '../history/restore.js'
import type { World } from '../host/host-state.js'
import { textCauses } from './causes.js'
import {
  checkShrink,
  type Draft,
  type DraftOptions,
  hashOf,
  outputOf,
  shownLines,
  VHOST_OUTPUT,
  variablesOf,
} from './change-plan.js'
import { holdsText } from './held-templates.js'

/** The vhost and the link that enables it; why Apache must look again, or undefined. Throws `check.failed`. */
export function draftVhost(world: World, options: DraftOptions, draft: Draft): string[] | undefined {
  const { apache, state, vhost } = world
  checkVhostPlace(world)
  const output = outputOf(options, VHOST_OUTPUT)
  const variables = variablesOf(world, options, draft.notes)
  const restored = restoredText(options.restore.generation, output.name, apache.vhostFile)
  const rendered = restored ?? renderText(output, variables)
  const isHeld =
    restored === undefined &&
    holdsText(
      output,
      variables,
      { path: apache.vhostFile, live: vhost?.text, text: rendered },
      world,
      options,
      draft,
    )
  const text = isHeld && vhost !== undefined ? vhost.text : rendered
  if (vhost !== undefined && restored === undefined)
    checkShrink(output.name, lostLines(vhost.text, text), options, draft)
  draft.inForce.push({ output: output.name, path: apache.vhostFile })
  const causes = [...draftModules(text, world, draft), ...draftDisabling(world, draft)]
  // Apache must accept what it has never seen with them.
  if (causes.length > 0) draft.vhost = text
  causes.push(...draftCertificates(text, world, draft))
  if (vhost?.text !== text) {
    const changes = differingLines(vhost?.text ?? '', text, shownLines(world))
    draft.vhost = text
    draft.files.push({
      output: output.name,
      path: apache.vhostFile,
      change: vhost === undefined ? 'create' : 'change',
      changes,
    })
    draft.steps.push({
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
      draft.putBack.push(`${apache.vhostFile} was changed by somebody and is put back`)
    }
    const what = `${apache.vhostFile} changes (${linesText(changes.length)})`
    causes.push(...textCauses(output, variables, what, restored !== undefined, options, draft))
  }
  const { vhostLink: link, vhostLinkTarget: target } = apache
  if (link !== undefined && target !== undefined && world.vhostLinks.length === 0) {
    draft.files.push({ output: output.name, path: link, change: 'create', changes: [`→ ${target}`] })
    draft.steps.push({ step: 'link', output: output.name, path: link, target })
    causes.push(`${link} is made`)
    // A vhost that was not enabled has never been seen by Apache.
    draft.vhost = text
  }
  if (!isHeld) draft.outputs = { ...draft.outputs, [output.name]: hashOf(text) }
  return causes.length === 0 ? undefined : causes
}

/** Takes our vhost and its links away; a vhost that is not ours stays. Why Apache must look again, or undefined. */
export function draftRemoval(
  world: World,
  { restore }: Pick<DraftOptions, 'restore'>,
  draft: Draft,
): string[] | undefined {
  const { apache, settings, vhost, vhostLinks } = world
  if (world.state.certificates !== undefined) draft.remember.certificates = {}
  const isLeftToSite = settings.mattermost.webServer === 'none'
  if (vhost?.ours === false) {
    if (!isLeftToSite) draft.notes.push(`${apache.vhostFile} is not ours and stays`)
    return undefined
  }
  if (vhost === undefined && isLeftToSite) return undefined
  const property = isLeftToSite ? 'mattermost.WebServer' : 'mattermost.status'
  const cause =
    !isLeftToSite && settings.mattermost.status === 'enabled'
      ? `generation ${restore.generation?.number} had no virtual host`
      : (draft.changed.of([property])[0] ?? `${property} ${isLeftToSite ? 'none' : 'disabled'}`)
  // Links first: Apache does not start with one that leads nowhere.
  const gone = [...vhostLinks, ...(vhost === undefined ? [] : [apache.vhostFile])]
  for (const path of gone) {
    draft.files.push({ output: VHOST_OUTPUT, path, change: 'remove', changes: [cause] })
    draft.steps.push({ step: 'remove', output: VHOST_OUTPUT, path })
  }
  return gone.length === 0 ? undefined : [cause]
}

/** Links that enable what the vhost needs, as a2enmod makes them; why Apache must look again. */
function draftModules(text: string, world: World, draft: Draft): string[] {
  const { modules, apache, state } = world
  if (modules === undefined || apache.modules === undefined) return []
  draft.modules = missingModules(text, modules)
  for (const { name } of draft.modules) {
    const files = modules.available.get(name)?.hasConf === true ? ['load', 'conf'] : ['load']
    for (const file of files.map(ending => `${name}.${ending}`)) {
      const path = join(apache.modules.enabled, file)
      const target = `../${basename(apache.modules.available)}/${file}`
      draft.files.push({ output: VHOST_OUTPUT, path, change: 'create', changes: [`→ ${target}`] })
      draft.steps.push({ step: 'link', output: VHOST_OUTPUT, path, target })
    }
  }
  if (draft.modules.length === 0) return []
  const names = draft.modules.map(({ name }) => name)
  draft.remember.modules = [...new Set([...(state.modules ?? []), ...names])]
  return [`modules of Apache are enabled: ${names.join(', ')}`]
}

/** Ours may stand neither beside another vhost of the name nor over a file that we do not know. */
function checkVhostPlace(world: World): void {
  const { apache, vhost, state } = world
  const host = requiredVirtualHost(world.settings)
  const goes = new Set(pending(world).map(now => now.path))
  const other = world.vhostFiles.find(
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
