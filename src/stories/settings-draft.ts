import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { differingLines } from '../apply/diff.js'
import type { FileStep } from '../apply/files.js'
import { newText, setValues } from '../apply/json-edit.js'
import { type LeafWish, type Merge, mergeLeaves } from '../apply/merge.js'
import type { Output } from '../apply/outputs.js'
import { planServices, type ServicePlan } from '../apply/plan.js'
import { renderText } from '../apply/render.js'
import type { SettingsState } from '../apply/state.js'
import { requiredVirtualHost } from '../desired/addresses.js'
import { chooseCertificate } from '../desired/certificate.js'
import { leafRules, leafVariable } from '../desired/leaves.js'
import { overridingVariables } from '../desired/management.js'
import { templateVariables } from '../desired/model.js'
import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { serves } from '../services/vhosts.js'
import type { PlannedFile } from './operations.js'
import { changeLine, checkTypes, driftLine, leafWishes } from './settings-leaves.js'
import { passwordGone } from './settings-secrets.js'
import type { World } from './settings-world.js'

/** What would be done, and all that doing it needs. */
export interface Draft {
  files: PlannedFile[]
  steps: FileStep[]
  services: ServicePlan
  notes: string[]
  drift: string[]
  /** The database's password must be made up first. */
  createsSecret: boolean
  /** The vhost that Apache must accept; undefined where none is written. */
  vhost: string | undefined
  /** Leaves that an API reload must bring into force. */
  reloaded: LeafWish[]
  /** What the state remembers once the files are in place. */
  leaves: SettingsState['leaves']
  outputs: SettingsState['outputs']
}

/** The outputs' names, which are their folders' below `templates/`. */
export const CONFIG_OUTPUT = 'config.json'
export const VHOST_OUTPUT = 'mattermost.conf'

export interface DraftOptions {
  paths: Paths
  outputs: ReadonlyMap<string, Output>
  /** `teamchat apply`. */
  insist: boolean
  now: Date
}

/**
 * Works out every file and action from what was read; writes nothing. Throws what forbids to go on: a setting, a
 * template, a certificate or a vhost that cannot be used.
 */
export function draftSettings(world: World, options: DraftOptions): Draft {
  const { settings, state } = world
  const status = settings.mattermost.status ?? 'disabled'
  const draft: Draft = {
    files: [],
    steps: [],
    services: { actions: [], notes: [], drift: [] },
    notes: [],
    drift: [],
    createsSecret: false,
    vhost: undefined,
    reloaded: [],
    leaves: state.leaves,
    outputs: state.outputs,
  }
  let merge: Merge | undefined
  let vhostCauses: string[] | undefined
  if (status === 'enabled') {
    checkUnit(world)
    checkHome(world, options.paths.root)
    merge = draftConfig(world, options, draft)
    if (settings.mattermost.webServer === 'apache') vhostCauses = draftVhost(world, options, draft)
  } else if (settings.mattermost.webServer === 'apache') vhostCauses = draftRemoval(world, draft)
  draft.services = planServices({
    status,
    statusChanged: state.applied?.status !== status,
    insist: options.insist,
    leaves: (merge?.changes ?? []).map(change => ({
      how: change.wish.how,
      cause: causeOf(change.wish, changeLine(change), settings.explicit),
    })),
    vhost: vhostCauses,
    webServerEnabled: settings.httpd.enabled,
    mattermost: world.unit,
    apache: world.apacheUnit,
    owed: state.owed,
  })
  draft.notes.push(...draft.services.notes)
  if (world.unit === undefined)
    draft.notes.push('services are not touched (--root without TEAMCHAT_SYSTEMCTL)')
  draft.drift.push(...draft.services.drift)
  return draft
}

/** SHA-256, as hex. */
export function hashOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

function draftConfig(world: World, options: DraftOptions, draft: Draft): Merge {
  const { state, live, configFile } = world
  if (world.dataSource === undefined && world.password === undefined) {
    if (state.managedSince !== undefined || state.adoptedAt !== undefined) throw passwordGone(options.paths)
    draft.createsSecret = true
  }
  const output = outputOf(options, CONFIG_OUTPUT)
  const wishes = leafWishes(output, variablesOf(world, options), world.settings.explicit)
  checkTypes(wishes, live?.node.value)
  const merge = mergeLeaves(live?.node.value, wishes, state.leaves)
  draft.leaves = merge.bases
  draft.reloaded = merge.changes.filter(change => change.wish.how === 'reload').map(change => change.wish)
  // What an earlier run wrote and still owes a reload for must be seen in force as well.
  if (state.owed.some(action => action.verb === 'api-reload')) {
    draft.reloaded = wishes.filter(wish => wish.how === 'reload' && wish.class === 'enforced')
  }
  draft.drift.push(...merge.drift.map(driftLine))
  draft.notes.push(
    ...merge.changes
      .filter(change => change.putBack)
      .map(change => `${change.wish.name} was changed in config.json and is put back`),
    ...overridingVariables(
      world.variables,
      leafRules.map(rule => leafVariable(rule.name)),
    ),
  )
  if (merge.changes.length === 0) return merge
  const values = merge.changes.map(({ wish }) => ({ path: wish.path, value: wish.value }))
  const text = live === undefined ? newText(values) : setValues(live.text, values)
  draft.files.push({
    output: output.name,
    path: configFile,
    change: live === undefined ? 'create' : 'change',
    changes: merge.changes.map(changeLine),
  })
  draft.steps.push({
    step: 'write',
    output: output.name,
    path: configFile,
    text,
    mode: Number.parseInt(output.definition.mode, 8),
    owner: output.definition.owner,
  })
  draft.outputs = { ...draft.outputs, [output.name]: hashOf(text) }
  return merge
}

function draftVhost(world: World, options: DraftOptions, draft: Draft): string[] | undefined {
  const { apache, state, vhost } = world
  checkVhostPlace(world)
  const output = outputOf(options, VHOST_OUTPUT)
  const text = renderText(output, variablesOf(world, options, draft.notes))
  const causes: string[] = []
  if (vhost?.text !== text) {
    const changes = differingLines(vhost?.text ?? '', text)
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
      mode: Number.parseInt(output.definition.mode, 8),
      owner: output.definition.owner,
    })
    const last = state.outputs[output.name]
    if (vhost?.ours === true && last !== undefined && last !== hashOf(vhost.text)) {
      draft.notes.push(`${apache.vhostFile} was changed by somebody and is put back`)
    }
    causes.push(`${apache.vhostFile} changes (${changes.length} lines)`)
  }
  const { vhostLink: link, vhostLinkTarget: target } = apache
  if (link !== undefined && target !== undefined && world.vhostLinks.length === 0) {
    draft.files.push({ output: output.name, path: link, change: 'create', changes: [`→ ${target}`] })
    draft.steps.push({ step: 'link', output: output.name, path: link, target })
    causes.push(`${link} is made`)
    // A vhost that was not enabled has never been seen by Apache.
    draft.vhost = text
  }
  draft.outputs = { ...draft.outputs, [output.name]: hashOf(text) }
  return causes.length === 0 ? undefined : causes
}

function draftRemoval(world: World, draft: Draft): string[] | undefined {
  const { apache, vhost, vhostLinks } = world
  if (vhost !== undefined && !vhost.ours) {
    draft.notes.push(`${apache.vhostFile} is not ours and stays`)
    return undefined
  }
  // Links first: Apache does not start with one that leads nowhere.
  const gone = [...vhostLinks, ...(vhost === undefined ? [] : [apache.vhostFile])]
  for (const path of gone) {
    draft.files.push({
      output: VHOST_OUTPUT,
      path,
      change: 'remove',
      changes: ['mattermost.status disabled'],
    })
    draft.steps.push({ step: 'remove', output: VHOST_OUTPUT, path })
  }
  return gone.length === 0 ? undefined : ['mattermost.status disabled']
}

function variablesOf(world: World, options: DraftOptions, notes: string[] = []) {
  const { settings } = world
  const host = requiredVirtualHost(settings)
  const apache = settings.mattermost.webServer === 'apache'
  const choice = apache
    ? chooseCertificate(world.certificates, host, options.now.getTime())
    : { chosen: undefined, notes: [] }
  notes.push(...choice.notes)
  return {
    ...templateVariables(settings, {
      root: options.paths.root,
      isEsmith: options.paths.isEsmith,
      dataSource: world.dataSource,
      password: world.password,
      certificate: choice.chosen,
      apacheVersion: world.program?.version,
    }),
  }
}

function checkUnit({ unit, settings }: World): void {
  if (unit === undefined || unit.loadState !== 'not-found') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot run Mattermost: there is no unit ${settings.mattermost.unit}`,
    {
      hint: 'name it: teamchat config setprop mattermost Unit NAME.service (systemctl list-unit-files lists them)',
    },
  )
}

function checkHome({ hasConfigFolder, configFile }: World, root: string): void {
  if (hasConfigFolder || root !== '') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot set up Mattermost: there is no folder ${dirname(configFile)}`,
    { hint: 'say where Mattermost is installed: teamchat config setprop mattermost Home /opt/mattermost' },
  )
}

/** Ours may stand neither beside another vhost of the name nor over a file that we do not know. */
function checkVhostPlace(world: World): void {
  const { apache, vhost, state } = world
  const host = requiredVirtualHost(world.settings)
  const other = world.vhostFiles.find(
    file => !file.ours && file.realPath !== apache.vhostFile && file.vhosts.some(one => serves(one, host)),
  )
  if (other !== undefined) {
    throw new TeamchatError('check.failed', `cannot set up the vhost: ${other.path} already serves ${host}`, {
      hint: 'nothing was changed; disable that site, choose another VirtualHost, or type: teamchat config setprop mattermost WebServer none',
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

function causeOf(wish: LeafWish, line: string, explicit: ReadonlySet<string>): string {
  const named = wish.causes.filter(property => explicit.has(property))
  return named.length === 0 ? line : `${named.join(', ')}: ${line}`
}

function outputOf(options: DraftOptions, name: string): Output {
  const output = options.outputs.get(name)
  if (output !== undefined) return output
  throw new TeamchatError(
    'template.invalid',
    `cannot render ${name}: its folder is missing in ${options.paths.templatesFolder}`,
    {
      hint: 'put the files of the package back',
    },
  )
}
