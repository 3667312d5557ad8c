import { isUtf8 } from 'node:buffer'
import { dirname, resolve } from 'node:path'
import { isObject, type Json, parseJson, valueAt } from '../../config/json/json.js'
import { setValues } from '../../config/json/json-edit.js'
import { leafRule } from '../../config/leaves.js'
import { baseOf, type DesiredSetting, sameValue } from '../../config/merge.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import { isRunning } from '../../config/services/plan.js'
import type { Paths } from '../../paths.js'
import { readFileIfPresent } from '../../system/files/files.js'
import type { FileStep } from '../../transaction/files.js'

import { asidePath } from '../adopt/taken-vhosts.js'
import { adoptedOriginal } from '../history/keep.js'
import type { HostState } from '../host/host-state.js'
import { type ChangePlan, CONFIG_OUTPUT, emptyPlan, hashOf, VHOST_OUTPUT } from '../plan/change-plan.js'
import { changeLine, shownValue } from '../plan/leaves.js'

/** What a give-back would change, as a draft that is committed like any other, and what it leaves alone. */
export interface RestoredOriginals {
  changePlan: ChangePlan
  /** What somebody has changed since, a line each: it stays. */
  stays: string[]
  /** Our vhost with somebody's edit in it: kept before it goes. */
  edited: { path: string; text: string } | undefined
}

const CAUSE = 'teamchat retire --give-back'

/**
 * Works out how config.json and Apache come back to what the last adoption found, three-way: only what still is as we
 * wrote it. `wishes`: what we would write now. Reads the kept originals, writes nothing.
 */
export async function planRestoringOriginals(
  hostState: HostState,
  wanted: readonly DesiredSetting[],
  paths: Paths,
): Promise<RestoredOriginals> {
  // What is known stays known until all of it is done, so that it can be said again.
  const changePlan = emptyPlan(hostState.state)
  const back: RestoredOriginals = { changePlan, stays: [], edited: undefined }
  await giveBackConfig(hostState, wanted, paths, back)
  await giveBackVhosts(hostState, paths, back)
  return back
}

async function giveBackConfig(
  hostState: HostState,
  wanted: readonly DesiredSetting[],
  paths: Paths,
  { changePlan, stays }: RestoredOriginals,
): Promise<void> {
  const { live, configFile, state, unit } = hostState
  const original = await adoptedOriginal(configFile, paths)
  if (original === undefined || live === undefined) {
    stays.push(`${configFile} stays: no original of it was kept`)
    return
  }
  const then = parseJson(original.toString('utf8'))
  const changed: { setting: DesiredSetting; from: Json | undefined }[] = []
  for (const setting of wanted) {
    const now = valueAt(live.value, setting.path)
    const before = valueBefore(setting, then)
    if (before === undefined || sameValue(setting.compare, now, before)) continue
    const wrote = baseOf(state.leaves, setting.name)?.value
    const isOurs =
      sameValue(setting.compare, now, setting.value) ||
      (wrote !== undefined && sameValue(setting.compare, now, wrote))
    if (!isOurs) {
      stays.push(`${setting.name} stays ${shownValue(setting, now)}: somebody has changed it since`)
      continue
    }
    changed.push({ setting: { ...setting, value: before }, from: now })
  }
  if (changed.length === 0) return
  const lines = changed.map(changeLine)
  changePlan.files.push({ output: CONFIG_OUTPUT, path: configFile, change: 'change', changes: lines })
  changePlan.steps.push({
    step: 'write',
    output: CONFIG_OUTPUT,
    path: configFile,
    text: setValues(
      live.text,
      changed.map(({ setting }) => ({ path: setting.path, value: setting.value })),
    ),
    from: live.text,
    leaves: changed.map(change => ({ ...change, putBack: false })),
    mode: 0o600,
    owner: 'folder',
  })
  if (unit === undefined || !isRunning(unit)) return
  const restarts = changed.some(({ setting }) => setting.how === 'restart')
  if (!restarts) changePlan.reloaded = changed.map(({ setting }) => setting)
  changePlan.services.actions.push(action(restarts ? 'restart' : 'api-reload', unit.unit, lines))
}

/** What a leaf was; one that was not there is what Mattermost ships, as it was in force. */
function valueBefore(setting: DesiredSetting, then: Json): Json | undefined {
  const value = isObject(then) ? valueAt(then, setting.path) : undefined
  return value === undefined || value === null ? leafRule(setting.name)?.shipped[0] : value
}

/** Ours goes, or what was at its path comes back; links and files that made way come back. */
async function giveBackVhosts(hostState: HostState, paths: Paths, back: RestoredOriginals): Promise<void> {
  const { changePlan, stays } = back
  const { apache, vhost, vhostLinks, state, apacheUnit } = hostState
  const texts: string[] = []
  const links: FileStep[] = []
  for (const entry of state.takenVhosts ?? []) {
    const now = hostState.takenVhosts.find(one => one.path === entry.path)
    if (!entry.disabled || now === undefined) continue
    if (now.there) {
      stays.push(`${entry.path} is there again`)
      continue
    }
    if (entry.target !== undefined) {
      links.push({ step: 'link', output: VHOST_OUTPUT, path: entry.path, target: entry.target })
      texts.push(await linkedText(entry.path, entry.target))
      changePlan.files.push({
        output: VHOST_OUTPUT,
        path: entry.path,
        change: 'create',
        changes: [`→ ${entry.target}`],
      })
      continue
    }
    // As it is now where it was moved aside to; else as it was.
    const text = now.aside ?? (await adoptedOriginal(entry.path, paths))?.toString('utf8')
    if (text === undefined) {
      stays.push(`${entry.path} stays away: neither ${asidePath(entry.path)} nor an original is there`)
      continue
    }
    links.push({
      step: 'write',
      output: VHOST_OUTPUT,
      path: entry.path,
      text,
      from: undefined,
      ...now.asideAccess,
    })
    texts.push(text)
    changePlan.files.push({ output: VHOST_OUTPUT, path: entry.path, change: 'create', changes: [CAUSE] })
    if (now.aside !== undefined) {
      links.push({ step: 'remove', output: VHOST_OUTPUT, path: asidePath(entry.path) })
      changePlan.files.push({
        output: VHOST_OUTPUT,
        path: asidePath(entry.path),
        change: 'remove',
        changes: [CAUSE],
      })
    }
  }
  if (vhost?.ours === true) {
    const wrote = state.outputs[VHOST_OUTPUT]
    if (wrote !== undefined && wrote !== hashOf(vhost.text)) {
      back.edited = { path: apache.vhostFile, text: vhost.text }
      stays.push(`${apache.vhostFile} was edited since: a copy is kept in ${paths.generationsFolder}/0`)
    }
    const kept = await adoptedOriginal(apache.vhostFile, paths)
    if (kept !== undefined && !isUtf8(kept)) {
      // Texts are what is written and undone; other bytes would come back as other letters.
      stays.push(
        `${apache.vhostFile} stays as it is and serves the site: the original is not UTF-8; it lies in ${paths.generationsFolder}/0`,
      )
    } else if (kept !== undefined) {
      const original = kept.toString('utf8')
      changePlan.files.push({
        output: VHOST_OUTPUT,
        path: apache.vhostFile,
        change: 'change',
        changes: [CAUSE],
      })
      changePlan.steps.push({
        step: 'write',
        output: VHOST_OUTPUT,
        path: apache.vhostFile,
        text: original,
        from: vhost.text,
        mode: 0o644,
        owner: 'root',
      })
      texts.push(original)
    } else {
      for (const path of [...vhostLinks, apache.vhostFile]) {
        changePlan.files.push({ output: VHOST_OUTPUT, path, change: 'remove', changes: [CAUSE] })
        changePlan.steps.push({ step: 'remove', output: VHOST_OUTPUT, path })
      }
    }
  }
  changePlan.steps.push(...links)
  const causes = changePlan.steps.filter(step => step.output === VHOST_OUTPUT).map(step => step.path)
  if (causes.length === 0) return
  // Apache's own test sees what it will read in the place of ours.
  if (texts.length > 0) changePlan.vhost = texts.join('\n')
  if (apacheUnit !== undefined && isRunning(apacheUnit)) {
    changePlan.services.actions.push(action('reload', apacheUnit.unit, [CAUSE]))
  }
}

async function linkedText(path: string, target: string): Promise<string> {
  return (await readFileIfPresent(resolve(dirname(path), target)))?.toString('utf8') ?? ''
}

function action(verb: PendingAction['verb'], unit: string, causes: string[]): PendingAction {
  return { verb, unit, causes: [...new Set([CAUSE, ...causes])], issued: false }
}
