import { virtualHostOf } from '../../config/addresses.js'
import { sha256 } from '../../config/hash.js'
import { newText, setValues } from '../../config/json/json-edit.js'
import { leafRules, leafVariable } from '../../config/leaves.js'
import { overridingVariables } from '../../config/management.js'
import type { DesiredSetting, LeafBase, Merge } from '../../config/merge.js'
import { CONFIG_OUTPUT } from '../../config/outputs/definition.js'
import type { Output } from '../../config/outputs/outputs.js'
import type { ChangeCause } from '../../config/services/plan.js'
import { lostParts } from '../../config/shrink-guard.js'
import { isKnownHost } from '../../transaction/state.js'
import { stillKept } from '../adopt/unchanged.js'
import { restoredSettings } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import { overruledNotes, passwordGone } from '../secrets.js'
import { leafCauses } from './causes.js'
import type { PlanPart } from './change-plan.js'
import { mergeUnlessHeld } from './held-templates.js'
import { changeLine, checkTypes, desiredSettings, driftLine } from './leaves.js'
import { accessOf, checkShrink, outputOf, type Planning, variablesOf } from './planning.js'

/** config.json: its leaves merged into what is on disk, and why services must look at each that changes. */
export function planConfig(planning: Planning): { parts: PlanPart[]; changes: ChangeCause[] } {
  const { hostState, options } = planning
  const { state, live } = hostState
  const output = outputOf(options, CONFIG_OUTPUT)
  const variables = variablesOf(planning)
  const { explicit } = hostState.settings
  const rendered = desiredSettings(output, variables, explicit, options.paths.siteTemplatesFolder)
  const unchanged = stillKept(rendered, hostState)
  const restored = restoredSettings(rendered, options.restore.generation, state)
  const wanted = restored.settings.filter(
    setting => !Object.hasOwn(unchanged.kept, setting.name) && !isNameless(setting, hostState),
  )
  checkTypes(wanted, live?.value)
  const lost = lossOf(wanted, state)
  const shrinking = checkShrink(output.name, lost, options.shrink)
  const { unheld, merge, part } = mergeUnlessHeld(wanted, { output, variables }, planning)
  // Forced: what is no longer ours is not counted the next time.
  const isForced = lost !== undefined && options.shrink === 'allow'
  return {
    parts: [
      part,
      {
        createsSecret: needsPassword(planning, unchanged.kept),
        next: {
          leaves: isForced ? basesOf(unheld, merge) : merge.bases,
          remember: state.kept === undefined ? {} : { kept: unchanged.kept },
        },
        services: { reloaded: reloadedBy(merge, wanted, hostState) },
        remarks: {
          notes: [
            ...unchanged.notes,
            ...overruledNotes(hostState, options.paths),
            ...restored.notes,
            ...shrinking,
            ...overridingVariables(
              hostState.variables,
              leafRules.map(rule => leafVariable(rule.name)),
            ),
          ],
          drift: merge.drift.map(driftLine),
          putBack: merge.changes
            .filter(change => change.putBack)
            .map(change => `${change.setting.name} was changed in config.json and is put back`),
        },
        inForce: [
          { output: output.name, path: hostState.configFile, leaves: wanted.map(setting => setting.path) },
        ],
      },
      ...fileParts(merge, output, hostState),
    ],
    changes: merge.changes.map(change => ({
      how: change.setting.how,
      causes: leafCauses(change, planning),
    })),
  }
}

/** The file itself, where a leaf changes. */
function fileParts(merge: Merge, output: Output, { live, configFile }: HostState): PlanPart[] {
  if (merge.changes.length === 0) return []
  const values = merge.changes.map(({ setting }) => ({ path: setting.path, value: setting.value }))
  const text = live === undefined ? newText(values) : setValues(live.text, values)
  const place = { output: output.name, path: configFile }
  return [
    {
      files: [
        {
          ...place,
          change: live === undefined ? 'create' : 'change',
          changes: merge.changes.map(changeLine),
        },
      ],
      steps: [
        {
          step: 'write',
          ...place,
          text,
          from: live?.text,
          leaves: merge.changes,
          ...accessOf(output),
        },
      ],
      next: { outputs: { [output.name]: sha256(text) } },
    },
  ]
}

/** In words what would be lost of our leaves; undefined where nothing would. */
function lossOf(wanted: DesiredSetting[], { leaves }: HostState['state']): string | undefined {
  const fewer = lostParts(Object.keys(leaves).length, wanted.length, 'leaves')
  return fewer ?? (wanted.length === 0 ? 'it would become empty' : undefined)
}

/** True where the database's password must be made up. Throws `check.failed` where there was one. */
function needsPassword({ hostState, options }: Planning, kept: Readonly<Record<string, string>>): boolean {
  const { dataSource, password, state } = hostState
  if (dataSource !== undefined || password !== undefined || 'SqlSettings.DataSource' in kept) return false
  if (isKnownHost(state)) throw passwordGone(options.paths)
  return true
}

function basesOf(unheld: DesiredSetting[], { bases }: Merge): Record<string, LeafBase> {
  const known = unheld.flatMap(({ name }) => {
    const base = Object.hasOwn(bases, name) ? bases[name] : undefined
    return base === undefined ? [] : [[name, base] as const]
  })
  return Object.fromEntries(known)
}

/** Leaves that an API reload brings into force, and that must be seen there. */
function reloadedBy(merge: Merge, wanted: DesiredSetting[], hostState: HostState): DesiredSetting[] {
  // What an earlier run wrote and still owes a reload for must be seen in force as well.
  const isOwed = hostState.state.owed.some(action => action.verb === 'api-reload')
  const reloaded = isOwed
    ? wanted.filter(setting => setting.how === 'reload' && setting.class === 'enforced')
    : merge.changes.map(change => change.setting).filter(setting => setting.how === 'reload')
  // What a variable of the unit overrides can never be in force; waiting for it would owe the reload for ever.
  return reloaded.filter(setting => !hostState.variables.has(leafVariable(setting.name)))
}

/** A site that left its name open when it was adopted, and about which the DB says none either. */
function isNameless(setting: DesiredSetting, { settings }: HostState): boolean {
  return setting.name === 'ServiceSettings.SiteURL' && virtualHostOf(settings) === undefined
}
