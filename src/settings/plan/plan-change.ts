import { dirname } from 'node:path'
import { virtualHostOf } from '../../config/addresses.js'
import { PropertyChanges } from '../../config/causes.js'
import { concerningProperties } from '../../config/concerning.js'
import { newText, setValues } from '../../config/json/json-edit.js'
import { leafRules, leafVariable } from '../../config/leaves.js'
import { overridingVariables } from '../../config/management.js'
import type { DesiredSetting, LeafBase, Merge } from '../../config/merge.js'
import { planServices } from '../../config/services/plan.js'
import { lostParts } from '../../config/shrink-guard.js'
import { TeamchatError } from '../../errors.js'
import { stillKept } from '../adopt/unchanged.js'
import { hadNoVhost, restoredSettings } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import { overruledNotes, passwordGone } from '../secrets.js'
import { leafCauses } from './causes.js'
import {
  type ChangePlan,
  CONFIG_OUTPUT,
  checkShrink,
  emptyPlan,
  hashOf,
  outputOf,
  type PlanOptions,
  variablesOf,
} from './change-plan.js'
import { mergeUnlessHeld } from './held-templates.js'
import { changeLine, checkTypes, desiredSettings, driftLine } from './leaves.js'
import { planSiteOutputs } from './site-outputs.js'
import { planRemoval, planVhost } from './vhost.js'

/**
 * Works out every file and action from what was read; writes nothing. Throws what forbids to go on: a setting, a
 * template, a certificate or a vhost that cannot be used.
 */
export function planChange(hostState: HostState, options: PlanOptions): ChangePlan {
  const { settings, state } = hostState
  const status = settings.mattermost.status ?? 'disabled'
  const changePlan = emptyPlan(state)
  changePlan.notes.push(...options.restore.notes)
  if (options.restore.pin !== undefined) changePlan.remember.pin = options.restore.pin
  changePlan.units = options.site.units
  changePlan.changed = new PropertyChanges(
    state.properties,
    options.restore.pin?.properties ?? concerningProperties(settings),
  )
  let merge: Merge | undefined
  if (status === 'enabled') {
    checkUnit(hostState)
    checkHome(hostState, options.paths.root)
    if (options.shrink !== 'allow') checkConfigThere(hostState)
    merge = planConfig(hostState, options, changePlan)
  }
  const serves =
    status === 'enabled' &&
    settings.mattermost.webServer === 'apache' &&
    !hadNoVhost(options.restore.generation)
  const vhostCauses = serves
    ? planVhost(hostState, options, changePlan)
    : planRemoval(hostState, options, changePlan)
  const site = planSiteOutputs(hostState, options, changePlan)
  changePlan.services = planServices({
    status,
    statusChange:
      state.applied?.status === status
        ? undefined
        : `mattermost.status ${state.applied?.status ?? '(not set)'} → ${status}`,
    insist: options.insist,
    leaves: [
      ...(merge?.changes ?? []).map(change => ({
        how: change.setting.how,
        causes: leafCauses(change, hostState, options, changePlan),
      })),
      { how: 'restart', causes: site.mattermost },
    ],
    vhost:
      vhostCauses === undefined && site.apache.length === 0
        ? undefined
        : [...(vhostCauses ?? []), ...site.apache],
    webServer: settings.mattermost.webServer,
    webServerEnabled: settings.httpd.enabled,
    mattermost: hostState.unit,
    apache: hostState.apacheUnit,
    owed: state.owed,
    notAtBoot: state.notAtBoot === true && (state.applied?.status ?? status) === status,
  })
  changePlan.services.actions.push(...site.actions)
  changePlan.notes.push(...changePlan.services.notes)
  if (hostState.unit === undefined)
    changePlan.notes.push('services are not touched (--root without TEAMCHAT_SYSTEMCTL)')
  changePlan.drift.push(...changePlan.services.drift)
  return changePlan
}

function planConfig(hostState: HostState, options: PlanOptions, changePlan: ChangePlan): Merge {
  const { state, live, configFile } = hostState
  const output = outputOf(options, CONFIG_OUTPUT)
  const variables = variablesOf(hostState, options)
  const rendered = desiredSettings(
    output,
    variables,
    hostState.settings.explicit,
    options.paths.siteTemplatesFolder,
  )
  const { kept, notes } = stillKept(rendered, hostState)
  if (state.kept !== undefined) changePlan.remember.kept = kept
  changePlan.notes.push(...notes, ...overruledNotes(hostState, options.paths))
  if (
    hostState.dataSource === undefined &&
    hostState.password === undefined &&
    !('SqlSettings.DataSource' in kept)
  ) {
    if (state.managedSince !== undefined || state.adoptedAt !== undefined) throw passwordGone(options.paths)
    changePlan.createsSecret = true
  }
  const { generation } = options.restore
  const asked =
    generation === undefined ? rendered : restoredSettings(rendered, generation, state, changePlan.notes)
  const wanted = asked.filter(
    setting => !Object.hasOwn(kept, setting.name) && !isNameless(setting, hostState),
  )
  checkTypes(wanted, live?.value)
  const before = Object.keys(state.leaves).length
  const lost =
    lostParts(before, wanted.length, 'leaves') ?? (wanted.length === 0 ? 'it would become empty' : undefined)
  checkShrink(output.name, lost, options, changePlan)
  const { unheld, merge } = mergeUnlessHeld(wanted, output, variables, hostState, options, changePlan)
  changePlan.leaves = merge.bases
  // Forced: what is no longer ours is not counted the next time.
  if (lost !== undefined && options.shrink === 'allow') {
    changePlan.leaves = Object.fromEntries(
      unheld.flatMap(
        ({ name }) =>
          (Object.hasOwn(merge.bases, name) ? [[name, merge.bases[name]]] : []) as [string, LeafBase][],
      ),
    )
  }
  changePlan.reloaded = merge.changes
    .filter(change => change.setting.how === 'reload')
    .map(change => change.setting)
  // What an earlier run wrote and still owes a reload for must be seen in force as well.
  if (state.owed.some(action => action.verb === 'api-reload')) {
    changePlan.reloaded = wanted.filter(setting => setting.how === 'reload' && setting.class === 'enforced')
  }
  // What a variable of the unit overrides can never be in force; waiting for it would owe the reload for ever.
  changePlan.reloaded = changePlan.reloaded.filter(
    setting => !hostState.variables.has(leafVariable(setting.name)),
  )
  changePlan.drift.push(...merge.drift.map(driftLine))
  changePlan.putBack.push(
    ...merge.changes
      .filter(change => change.putBack)
      .map(change => `${change.setting.name} was changed in config.json and is put back`),
  )
  changePlan.notes.push(
    ...overridingVariables(
      hostState.variables,
      leafRules.map(rule => leafVariable(rule.name)),
    ),
  )
  changePlan.inForce.push({
    output: output.name,
    path: configFile,
    leaves: wanted.map(setting => setting.path),
  })
  if (merge.changes.length === 0) return merge
  const values = merge.changes.map(({ setting }) => ({ path: setting.path, value: setting.value }))
  const text = live === undefined ? newText(values) : setValues(live.text, values)
  changePlan.files.push({
    output: output.name,
    path: configFile,
    change: live === undefined ? 'create' : 'change',
    changes: merge.changes.map(changeLine),
  })
  changePlan.steps.push({
    step: 'write',
    output: output.name,
    path: configFile,
    text,
    from: live?.text,
    leaves: merge.changes,
    mode: Number.parseInt(output.definition.mode, 8),
    owner: output.definition.owner === 'folder' ? 'folder' : 'root',
  })
  changePlan.outputs = { ...changePlan.outputs, [output.name]: hashOf(text) }
  return merge
}

/** A site that left its name open when it was adopted, and about which the DB says none either. */
function isNameless(setting: DesiredSetting, { settings }: HostState): boolean {
  return setting.name === 'ServiceSettings.SiteURL' && virtualHostOf(settings) === undefined
}

function checkUnit({ unit, settings }: HostState): void {
  if (unit === undefined || unit.loadState !== 'not-found') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot run Mattermost: there is no unit ${settings.mattermost.unit}`,
    {
      hint: 'name it: teamchat config setprop mattermost Unit NAME.service (systemctl list-unit-files lists them)',
    },
  )
}

/** A new one in the place of one that was lost would have none of Mattermost's own settings and keys, and be restarted on. */
function checkConfigThere({ live, configFile, state }: HostState): void {
  const wasThere = state.applied?.status === 'enabled' || Object.hasOwn(state.outputs, CONFIG_OUTPUT)
  if (live !== undefined || !wasThere) return
  throw new TeamchatError('check.failed', `cannot go on without ${configFile}: it was there and is gone`, {
    hint: 'nothing was changed; put it back, from a backup if need be, and run teamchat apply; or let Mattermost begin with a fresh one, without its own settings and keys: teamchat apply --force',
  })
}

function checkHome({ hasConfigFolder, configFile }: HostState, root: string): void {
  if (hasConfigFolder || root !== '') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot set up Mattermost: there is no folder ${dirname(configFile)}`,
    {
      hint: 'install it there, or say where it is: teamchat config setprop mattermost Home FOLDER; teamchat adopt --dry-run finds one that runs already',
    },
  )
}
