import { dirname } from 'node:path'
import { virtualHostOf } from '../../config/addresses.js'
import { PropertyChanges } from '../../config/causes.js'
import { concerningProperties } from '../../config/concerning.js'
import { newText, setValues } from '../../config/json/json-edit.js'
import { leafRules, leafVariable } from '../../config/leaves.js'
import { overridingVariables } from '../../config/management.js'
import type { LeafBase, LeafWish, Merge } from '../../config/merge.js'
import { planServices } from '../../config/services/plan.js'
import { lostParts } from '../../config/shrink-guard.js'
import { TeamchatError } from '../../errors.js'
import { stillKept } from '../adopt/unchanged.js'
import { hadNoVhost, restoredWishes } from '../history/restore.js'
import type { World } from '../host/host-state.js'
import { overruledNotes, passwordGone } from '../secrets.js'
import { leafCauses } from './causes.js'
import {
  CONFIG_OUTPUT,
  checkShrink,
  type Draft,
  type DraftOptions,
  emptyDraft,
  hashOf,
  outputOf,
  variablesOf,
} from './change-plan.js'
import { mergeUnlessHeld } from './held-templates.js'
import { changeLine, checkTypes, driftLine, leafWishes } from './leaves.js'
import { draftSiteOutputs } from './site-outputs.js'
import { draftRemoval, draftVhost } from './vhost.js'

/**
 * Works out every file and action from what was read; writes nothing. Throws what forbids to go on: a setting, a
 * template, a certificate or a vhost that cannot be used.
 */
export function draftSettings(world: World, options: DraftOptions): Draft {
  const { settings, state } = world
  const status = settings.mattermost.status ?? 'disabled'
  const draft = emptyDraft(state)
  draft.notes.push(...options.restore.notes)
  if (options.restore.pin !== undefined) draft.remember.pin = options.restore.pin
  draft.units = options.site.units
  draft.changed = new PropertyChanges(
    state.properties,
    options.restore.pin?.properties ?? concerningProperties(settings),
  )
  let merge: Merge | undefined
  if (status === 'enabled') {
    checkUnit(world)
    checkHome(world, options.paths.root)
    if (options.shrink !== 'allow') checkConfigThere(world)
    merge = draftConfig(world, options, draft)
  }
  const serves =
    status === 'enabled' &&
    settings.mattermost.webServer === 'apache' &&
    !hadNoVhost(options.restore.generation)
  const vhostCauses = serves ? draftVhost(world, options, draft) : draftRemoval(world, options, draft)
  const site = draftSiteOutputs(world, options, draft)
  draft.services = planServices({
    status,
    statusChange:
      state.applied?.status === status
        ? undefined
        : `mattermost.status ${state.applied?.status ?? '(not set)'} → ${status}`,
    insist: options.insist,
    leaves: [
      ...(merge?.changes ?? []).map(change => ({
        how: change.wish.how,
        causes: leafCauses(change, world, options, draft),
      })),
      { how: 'restart', causes: site.mattermost },
    ],
    vhost:
      vhostCauses === undefined && site.apache.length === 0
        ? undefined
        : [...(vhostCauses ?? []), ...site.apache],
    webServer: settings.mattermost.webServer,
    webServerEnabled: settings.httpd.enabled,
    mattermost: world.unit,
    apache: world.apacheUnit,
    owed: state.owed,
    notAtBoot: state.notAtBoot === true && (state.applied?.status ?? status) === status,
  })
  draft.services.actions.push(...site.actions)
  draft.notes.push(...draft.services.notes)
  if (world.unit === undefined)
    draft.notes.push('services are not touched (--root without TEAMCHAT_SYSTEMCTL)')
  draft.drift.push(...draft.services.drift)
  return draft
}

function draftConfig(world: World, options: DraftOptions, draft: Draft): Merge {
  const { state, live, configFile } = world
  const output = outputOf(options, CONFIG_OUTPUT)
  const variables = variablesOf(world, options)
  const rendered = leafWishes(output, variables, world.settings.explicit, options.paths.siteTemplatesFolder)
  const { kept, notes } = stillKept(rendered, world)
  if (state.kept !== undefined) draft.remember.kept = kept
  draft.notes.push(...notes, ...overruledNotes(world, options.paths))
  if (world.dataSource === undefined && world.password === undefined && !('SqlSettings.DataSource' in kept)) {
    if (state.managedSince !== undefined || state.adoptedAt !== undefined) throw passwordGone(options.paths)
    draft.createsSecret = true
  }
  const { generation } = options.restore
  const asked = generation === undefined ? rendered : restoredWishes(rendered, generation, state, draft.notes)
  const wanted = asked.filter(wish => !Object.hasOwn(kept, wish.name) && !isNameless(wish, world))
  checkTypes(wanted, live?.value)
  const before = Object.keys(state.leaves).length
  const lost =
    lostParts(before, wanted.length, 'leaves') ?? (wanted.length === 0 ? 'it would become empty' : undefined)
  checkShrink(output.name, lost, options, draft)
  const { wishes, merge } = mergeUnlessHeld(wanted, output, variables, world, options, draft)
  draft.leaves = merge.bases
  // Forced: what is no longer ours is not counted the next time.
  if (lost !== undefined && options.shrink === 'allow') {
    draft.leaves = Object.fromEntries(
      wanted.flatMap(
        ({ name }) =>
          (Object.hasOwn(merge.bases, name) ? [[name, merge.bases[name]]] : []) as [string, LeafBase][],
      ),
    )
  }
  draft.reloaded = merge.changes.filter(change => change.wish.how === 'reload').map(change => change.wish)
  // What an earlier run wrote and still owes a reload for must be seen in force as well.
  if (state.owed.some(action => action.verb === 'api-reload')) {
    draft.reloaded = wishes.filter(wish => wish.how === 'reload' && wish.class === 'enforced')
  }
  // What a variable of the unit overrides can never be in force; waiting for it would owe the reload for ever.
  draft.reloaded = draft.reloaded.filter(wish => !world.variables.has(leafVariable(wish.name)))
  draft.drift.push(...merge.drift.map(driftLine))
  draft.putBack.push(
    ...merge.changes
      .filter(change => change.putBack)
      .map(change => `${change.wish.name} was changed in config.json and is put back`),
  )
  draft.notes.push(
    ...overridingVariables(
      world.variables,
      leafRules.map(rule => leafVariable(rule.name)),
    ),
  )
  draft.inForce.push({ output: output.name, path: configFile, leaves: wanted.map(wish => wish.path) })
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
    from: live?.text,
    leaves: merge.changes,
    mode: Number.parseInt(output.definition.mode, 8),
    owner: output.definition.owner === 'folder' ? 'folder' : 'root',
  })
  draft.outputs = { ...draft.outputs, [output.name]: hashOf(text) }
  return merge
}

/** A site that left its name open when it was adopted, and about which the DB says none either. */
function isNameless(wish: LeafWish, { settings }: World): boolean {
  return wish.name === 'ServiceSettings.SiteURL' && virtualHostOf(settings) === undefined
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

/** A new one in the place of one that was lost would have none of Mattermost's own settings and keys, and be restarted on. */
function checkConfigThere({ live, configFile, state }: World): void {
  const wasThere = state.applied?.status === 'enabled' || Object.hasOwn(state.outputs, CONFIG_OUTPUT)
  if (live !== undefined || !wasThere) return
  throw new TeamchatError('check.failed', `cannot go on without ${configFile}: it was there and is gone`, {
    hint: 'nothing was changed; put it back, from a backup if need be, and run teamchat apply; or let Mattermost begin with a fresh one, without its own settings and keys: teamchat apply --force',
  })
}

function checkHome({ hasConfigFolder, configFile }: World, root: string): void {
  if (hasConfigFolder || root !== '') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot set up Mattermost: there is no folder ${dirname(configFile)}`,
    {
      hint: 'install it there, or say where it is: teamchat config setprop mattermost Home FOLDER; teamchat adopt --dry-run finds one that runs already',
    },
  )
}
