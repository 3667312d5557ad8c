import { isUtf8 } from 'node:buffer'
import { dirname, resolve } from 'node:path'
import { sha256 } from '../../config/hash.js'
import { isObject, type Json, parseJson, valueAt } from '../../config/json/json.js'
import { setValues } from '../../config/json/json-edit.js'
import { leafRule } from '../../config/leaves.js'
import { baseOf, type DesiredSetting, sameValue } from '../../config/merge.js'
import { CONFIG_OUTPUT, VHOST_OUTPUT } from '../../config/outputs/definition.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import { isRunning } from '../../config/services/plan.js'
import type { Paths } from '../../paths.js'
import { readFileIfPresent } from '../../system/files/files.js'
import type { FileStep } from '../../transaction/files.js'
import { adoptedOriginal } from '../history/keep.js'
import type { HostState } from '../host/host-state.js'
import { asidePath } from '../host/taken-vhosts.js'
import { type ChangePlan, combineParts, type PlanPart } from '../plan/change-plan.js'
import { changeLine, shownValue } from '../plan/leaves.js'

/** The plan that gives the originals back, committed like any other, and what it leaves alone. */
export interface RestoredOriginals {
  changePlan: ChangePlan
  /** What somebody has changed since, a line each: it stays. */
  stays: string[]
  /** Our vhost with somebody's edit in it: kept before it goes. */
  edited: { path: string; text: string } | undefined
}

/** One concern of the plan, with what stays as it is. */
interface Part {
  part: PlanPart
  stays: string[]
}

const CAUSE = 'teamchat retire --give-back'

/**
 * Works out how config.json and Apache come back to what the last adoption found, three-way: only what still is as we
 * wrote it. `wanted`: what we would write now. Reads the kept originals, writes nothing.
 */
export async function planRestoringOriginals(
  hostState: HostState,
  wanted: readonly DesiredSetting[],
  paths: Paths,
): Promise<RestoredOriginals> {
  const config = await restoreConfig(hostState, wanted, paths)
  const taken = await restoreTakenVhosts(hostState, paths)
  const ours = await restoreOurVhost(hostState, paths)
  const vhost = await withApache(hostState, { ours: ours.parts, taken: taken.parts })
  return {
    // What is known stays known until all of it is done, so that it can be said again.
    changePlan: combineParts(hostState.state, new Map(), [config.part, ...vhost]),
    stays: [...config.stays, ...taken.stays, ...ours.stays],
    edited: ours.edited,
  }
}

async function restoreConfig(
  hostState: HostState,
  wanted: readonly DesiredSetting[],
  paths: Paths,
): Promise<Part> {
  const { live, configFile, state, unit } = hostState
  const original = await adoptedOriginal(configFile, paths)
  if (original === undefined || live === undefined) {
    return { part: {}, stays: [`${configFile} stays: no original of it was kept`] }
  }
  const then = parseJson(original.toString('utf8'))
  const stays: string[] = []
  const changed: { setting: DesiredSetting; from: Json | undefined }[] = []
  for (const setting of wanted) {
    const now = valueAt(live.value, setting.path)
    const before = valueBefore(setting, then)
    if (before === undefined || sameValue(setting.compare, now, before)) continue
    const wrote = baseOf(state.leaves, setting.name)?.value
    const isOurs =
      sameValue(setting.compare, now, setting.value) ||
      (wrote !== undefined && sameValue(setting.compare, now, wrote))
    if (isOurs) changed.push({ setting: { ...setting, value: before }, from: now })
    else stays.push(`${setting.name} stays ${shownValue(setting, now)}: somebody has changed it since`)
  }
  if (changed.length === 0) return { part: {}, stays }
  const place = { output: CONFIG_OUTPUT, path: configFile }
  const lines = changed.map(changeLine)
  const values = changed.map(({ setting }) => ({ path: setting.path, value: setting.value }))
  const isUp = unit !== undefined && isRunning(unit)
  const restarts = changed.some(({ setting }) => setting.how === 'restart')
  const part: PlanPart = {
    files: [{ ...place, change: 'change', changes: lines }],
    steps: [
      {
        step: 'write',
        ...place,
        text: setValues(live.text, values),
        from: live.text,
        leaves: changed.map(change => ({ ...change, putBack: false })),
        mode: 0o600,
        owner: 'folder',
      },
    ],
    services: isUp
      ? {
          reloaded: restarts ? [] : changed.map(({ setting }) => setting),
          actions: [action(restarts ? 'restart' : 'api-reload', unit.unit, lines)],
        }
      : {},
  }
  return { part, stays }
}

/** What a leaf was; one that was not there is what Mattermost ships, as it was in force. */
function valueBefore(setting: DesiredSetting, then: Json): Json | undefined {
  const value = isObject(then) ? valueAt(then, setting.path) : undefined
  return value === undefined || value === null ? leafRule(setting.name)?.shipped[0] : value
}

/** Links and files that made way for ours come back. */
async function restoreTakenVhosts(
  { state, takenVhosts }: HostState,
  paths: Paths,
): Promise<{ parts: PlanPart[]; stays: string[] }> {
  const parts: PlanPart[] = []
  const stays: string[] = []
  for (const entry of state.takenVhosts ?? []) {
    const now = takenVhosts.find(one => one.path === entry.path)
    if (!entry.disabled || now === undefined) continue
    if (now.there) stays.push(`${entry.path} is there again`)
    else if (entry.target !== undefined) parts.push(linkPart(entry.path, entry.target))
    else {
      // As it is now where it was moved aside to; else as it was.
      const text = now.aside ?? (await adoptedOriginal(entry.path, paths))?.toString('utf8')
      if (text === undefined) {
        stays.push(`${entry.path} stays away: neither ${asidePath(entry.path)} nor an original is there`)
        continue
      }
      parts.push(writePart('create', { path: entry.path, text, from: undefined, ...now.asideAccess }))
      if (now.aside !== undefined) parts.push(removalPart(asidePath(entry.path)))
    }
  }
  return { parts, stays }
}

/** Ours goes, or what was at its path comes back. */
async function restoreOurVhost(
  { apache, vhost, vhostLinks, state }: HostState,
  paths: Paths,
): Promise<{ parts: PlanPart[]; stays: string[]; edited: RestoredOriginals['edited'] }> {
  if (vhost?.ours !== true) return { parts: [], stays: [], edited: undefined }
  const wrote = state.outputs[VHOST_OUTPUT]
  const path = apache.vhostFile
  const isEdited = wrote !== undefined && wrote !== sha256(vhost.text)
  const edited = isEdited ? { path, text: vhost.text } : undefined
  const stays = isEdited ? [`${path} was edited since: a copy is kept in ${paths.generationsFolder}/0`] : []
  const original = await adoptedOriginal(path, paths)
  if (original === undefined) return { parts: [...vhostLinks, path].map(removalPart), stays, edited }
  if (!isUtf8(original)) {
    // Texts are what is written and undone; other bytes would come back as other letters.
    const why = `${path} stays as it is and serves the site: the original is not UTF-8; it lies in ${paths.generationsFolder}/0`
    return { parts: [], stays: [...stays, why], edited }
  }
  const text = original.toString('utf8')
  const parts = [writePart('change', { path, text, from: vhost.text, mode: 0o644, owner: 'root' })]
  return { parts, stays, edited }
}

/** The parts with what Apache's own test must see in the place of ours, and a reload where Apache runs. */
async function withApache(
  { apacheUnit }: HostState,
  { ours, taken }: { ours: PlanPart[]; taken: PlanPart[] },
): Promise<PlanPart[]> {
  const parts = [...ours, ...taken]
  if (parts.length === 0) return []
  const steps = [...taken, ...ours].flatMap(part => part.steps ?? [])
  const texts = await Promise.all(
    steps.map(step => {
      if (step.step === 'remove') return undefined
      return step.step === 'write' ? step.text : linkedText(step.path, step.target)
    }),
  )
  const read = texts.filter(text => text !== undefined)
  const isUp = apacheUnit !== undefined && isRunning(apacheUnit)
  return [
    ...parts,
    {
      apache: { vhost: read.length > 0 ? read.join('\n') : undefined },
      services: { actions: isUp ? [action('reload', apacheUnit.unit, [CAUSE])] : [] },
    },
  ]
}

function writePart(
  change: 'create' | 'change',
  file: Omit<Extract<FileStep, { step: 'write' }>, 'step' | 'output'>,
): PlanPart {
  const place = { output: VHOST_OUTPUT, path: file.path }
  return { files: [{ ...place, change, changes: [CAUSE] }], steps: [{ step: 'write', ...place, ...file }] }
}

function linkPart(path: string, target: string): PlanPart {
  const place = { output: VHOST_OUTPUT, path }
  return {
    files: [{ ...place, change: 'create', changes: [`→ ${target}`] }],
    steps: [{ step: 'link', ...place, target }],
  }
}

function removalPart(path: string): PlanPart {
  const place = { output: VHOST_OUTPUT, path }
  return { files: [{ ...place, change: 'remove', changes: [CAUSE] }], steps: [{ step: 'remove', ...place }] }
}

async function linkedText(path: string, target: string): Promise<string> {
  return (await readFileIfPresent(resolve(dirname(path), target)))?.toString('utf8') ?? ''
}

function action(verb: PendingAction['verb'], unit: string, causes: string[]): PendingAction {
  return { verb, unit, causes: [...new Set([CAUSE, ...causes])], issued: false }
}
