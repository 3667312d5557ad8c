import { sha256 } from '../../config/hash.js'
import { type Json, JsonError, parseJson, sameJson } from '../../config/json/json.js'
import type { Output } from '../../config/outputs/outputs.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import { planSiteServices, type SiteChange } from '../../config/services/plan.js'
import { lostLines, lostParts } from '../../config/shrink-guard.js'
import {
  leavesOf,
  renderJson,
  renderText,
  type Variables,
  withoutSecrets,
} from '../../config/templates/render.js'
import { differingLines, linesText } from '../../config/text/diff.js'
import { reasonOf, TeamchatError } from '../../errors.js'
import { restoredText } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import { type SiteOutput, unitName } from '../host/site-outputs.js'
import { textCauses } from './causes.js'
import type { OutputPlan, PlanPart } from './change-plan.js'
import { checkShrink, type Planning, type PlanOptions, shownLines, variablesOf } from './planning.js'

/** The site's own outputs, and whom they concern. */
export interface SiteOutputsPlan {
  parts: PlanPart[]
  /** Why Mattermost is restarted. */
  mattermost: string[]
  /** Why Apache is reloaded. */
  apache: string[]
  /** For every other unit. */
  actions: PendingAction[]
}

/**
 * Works out the site's own outputs: written where they differ, and the services that they name follow. Nothing is done
 * while Mattermost is disabled, nor where the condition does not hold; a file that was written stays. Throws
 * `template.invalid`, and `check.failed` for a file that somebody else wrote unless that is forced.
 */
export function planSiteOutputs(planning: Planning): SiteOutputsPlan {
  const { hostState, options } = planning
  const { unit, apacheUnit, state, settings } = hostState
  const planned = settings.mattermost.status === 'enabled' ? planEach(options.site.outputs, planning) : []
  const [mattermost, apache]: [string[], string[]] = [[], []]
  const changes: SiteChange[] = []
  for (const { site, causes = [] } of planned.filter(one => one.causes !== undefined)) {
    for (const { unit: named, action } of site.output.definition.services) {
      const name = unitName(named, hostState)
      if (name === unit?.unit) mattermost.push(...causes)
      else if (name === apacheUnit?.unit) apache.push(...causes)
      else if (action !== 'leaf') changes.push({ unit: name, action, causes })
    }
  }
  const owed = state.owed.filter(action => ![unit?.unit, apacheUnit?.unit].includes(action.unit))
  const { actions, notes } = planSiteServices(changes, options.site.units, owed)
  const left = leftFiles(planning)
  return {
    parts: [
      { remarks: { notes: left.notes } },
      ...planned.flatMap(({ parts }) => parts),
      { remarks: { notes }, next: { remember: rememberedOutputs(left.siteOutputs, planned) } },
    ],
    mattermost,
    apache,
    actions,
  }
}

type Remembered = NonNullable<HostState['state']['siteOutputs']>

interface PlannedSite extends OutputPlan {
  site: SiteOutput
  remembered?: Remembered[string]
}

function planEach(outputs: readonly SiteOutput[], planning: Planning): PlannedSite[] {
  if (outputs.length === 0) return []
  const variables = withoutSecrets(variablesOf(planning))
  return outputs.map(site =>
    site.wanted
      ? planSiteOutput(site, variables, planning)
      : { site, parts: unwanted(site), causes: undefined },
  )
}

function rememberedOutputs(
  before: Remembered | undefined,
  planned: readonly PlannedSite[],
): { siteOutputs?: Remembered } {
  const fresh = planned.flatMap(({ site, remembered }) =>
    remembered === undefined ? [] : [[site.output.name, remembered] as const],
  )
  if (before === undefined && fresh.length === 0) return {}
  return { siteOutputs: { ...before, ...Object.fromEntries(fresh) } }
}

function planSiteOutput(site: SiteOutput, variables: Variables, planning: Planning): PlannedSite {
  const { hostState, options } = planning
  const { output, path, live } = site
  const restored = restoredText(options.restore.generation, output.name, path)
  const { text, value } =
    restored === undefined ? render(output, variables) : { text: restored, value: undefined }
  const isSame =
    live !== undefined && (live === text || (value !== undefined && sameJson(parsedOrNothing(live), value)))
  const place = { output: output.name, path }
  const standing = {
    site,
    remembered: { path, sha256: sha256(isSame ? live : text) },
    parts: [{ inForce: [place] }],
  }
  if (isSame) return { ...standing, causes: undefined }
  const edit = checkEdits(site, hostState, options)
  const lost = restored === undefined ? lostOf(live, text, value) : undefined
  const shrinking = checkShrink(output.name, lost, options.shrink)
  const changes = differingLines(live ?? '', text, shownLines(hostState))
  const { check } = output.definition
  const part: PlanPart = {
    remarks: { notes: [...edit.notes, ...shrinking], putBack: edit.putBack },
    files: [{ ...place, change: live === undefined ? 'create' : 'change', changes }],
    steps: [
      {
        step: 'write',
        ...place,
        text,
        from: live,
        mode: Number.parseInt(output.definition.mode, 8),
        owner: site.owner,
      },
    ],
    checks: typeof check === 'object' ? [{ ...place, text, program: check.program }] : [],
  }
  const what = `${path} ${live === undefined ? 'is new' : 'changes'} (${linesText(changes.length)})`
  return {
    ...standing,
    parts: [...standing.parts, part],
    causes: textCauses({ output, variables }, { what, restored: restored !== undefined }, planning),
  }
}

function render(output: Output, variables: Variables): { text: string; value: Json | undefined } {
  if (output.definition.format === 'json') {
    const value = renderJson(output, variables)
    return { text: `${JSON.stringify(value, null, 2)}\n`, value }
  }
  const text = renderText(output, variables)
  if (output.definition.check !== 'json') return { text, value: undefined }
  try {
    return { text, value: parseJson(text) }
  } catch (cause) {
    throw new TeamchatError(
      'check.failed',
      `cannot write ${output.name}: it is not JSON: ${reasonOf(cause)}`,
      {
        hint: `nothing was changed; correct the fragments of ${output.name}`,
        cause,
      },
    )
  }
}

/** An empty one is told even where there is nothing yet to lose. */
function lostOf(live: string | undefined, text: string, value: Json | undefined): string | undefined {
  if (text.trim() === '' || (value !== undefined && leavesOf(value).length === 0))
    return 'it would become empty'
  if (live === undefined) return undefined
  const before = value === undefined ? undefined : parsedOrNothing(live)
  if (value === undefined || before === undefined) return lostLines(live, text)
  return lostParts(leavesOf(before).length, leavesOf(value).length, 'leaves')
}

/** What somebody else wrote in our place. Throws `check.failed` for a file that was never ours. */
function checkEdits(
  { output, path, live }: SiteOutput,
  { state }: HostState,
  { shrink }: PlanOptions,
): { notes: string[]; putBack: string[] } {
  const last = state.siteOutputs?.[output.name]
  const known = last?.path === path ? last.sha256 : undefined
  if (live === undefined || known === sha256(live)) return { notes: [], putBack: [] }
  if (known !== undefined) return { notes: [], putBack: [`${path} was changed by somebody and is put back`] }
  if (shrink === 'allow') return { notes: [], putBack: [] }
  if (shrink === 'tell') {
    const note = `${path} was not written by teamchatd: only teamchat apply --force replaces it`
    return { notes: [note], putBack: [] }
  }
  throw new TeamchatError(
    'check.failed',
    `cannot write the output ${output.name}: somebody else wrote what is in ${path} now`,
    { hint: 'nothing was changed; move that file away, or type: teamchat apply --force' },
  )
}

function unwanted({ output, path, isThere }: SiteOutput): PlanPart[] {
  if (!isThere) return []
  const names = Object.keys(output.definition.when ?? {}).join(', ')
  return [{ remarks: { notes: [`${output.name} is not rendered (${names}); ${path} stays as it is`] } }]
}

/** An output whose folder the site took away leaves its file: said while that is there, and forgotten with it. */
function leftFiles({ hostState, options }: Planning): {
  notes: string[]
  siteOutputs: Remembered | undefined
} {
  const all = hostState.state.siteOutputs
  if (all === undefined) return { notes: [], siteOutputs: undefined }
  const { outputs, written } = options.site
  const nowOf = (name: string) => outputs.find(site => site.output.name === name)
  const kept = Object.entries(all).filter(
    ([name, { path }]) => nowOf(name) !== undefined || written.has(path),
  )
  const notes = kept.flatMap(([name, { path }]) => {
    const now = nowOf(name)
    if (now?.path === path) return []
    const why =
      now === undefined ? `templates-custom/${name} is gone` : `${name} is written to ${now.path} now`
    return [`${why}; ${path} stays as it is: remove it if nobody needs it`]
  })
  return { notes, siteOutputs: Object.fromEntries(kept) }
}

function parsedOrNothing(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}
