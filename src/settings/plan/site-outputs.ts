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
import {
  type ChangePlan,
  checkShrink,
  hashOf,
  type PlanOptions,
  shownLines,
  variablesOf,
} from './change-plan.js'

/** Whom the site's own outputs concern. */
export interface SiteServices {
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
export function planSiteOutputs(
  hostState: HostState,
  options: PlanOptions,
  changePlan: ChangePlan,
): SiteServices {
  const services: SiteServices = { mattermost: [], apache: [], actions: [] }
  const changes: SiteChange[] = []
  noteLeftFiles(hostState, options, changePlan)
  if (hostState.settings.mattermost.status === 'enabled' && options.site.outputs.length > 0) {
    const variables = withoutSecrets(variablesOf(hostState, options))
    for (const site of options.site.outputs) {
      const causes = site.wanted
        ? planSiteOutput(site, variables, hostState, options, changePlan)
        : noteUnwanted(site, changePlan)
      if (causes === undefined) continue
      for (const { unit: name, action } of site.output.definition.services) {
        const unit = unitName(name, hostState)
        if (unit === hostState.unit?.unit) services.mattermost.push(...causes)
        else if (unit === hostState.apacheUnit?.unit) services.apache.push(...causes)
        else if (action !== 'leaf') changes.push({ unit, action, causes })
      }
    }
  }
  const planned = [hostState.unit?.unit, hostState.apacheUnit?.unit]
  const owed = hostState.state.owed.filter(action => !planned.includes(action.unit))
  const plan = planSiteServices(changes, options.site.units, owed)
  services.actions = plan.actions
  changePlan.notes.push(...plan.notes)
  return services
}

/** Why services must look again; undefined where the file is as it should be. */
function planSiteOutput(
  site: SiteOutput,
  variables: Variables,
  hostState: HostState,
  options: PlanOptions,
  changePlan: ChangePlan,
): string[] | undefined {
  const { output, path, live } = site
  const restored = restoredText(options.restore.generation, output.name, path)
  const { text, value } =
    restored === undefined ? render(output, variables) : { text: restored, value: undefined }
  const last = hostState.state.siteOutputs?.[output.name]
  const known = last?.path === path ? last.sha256 : undefined
  const isSame =
    live !== undefined && (live === text || (value !== undefined && sameJson(parsedOrNothing(live), value)))
  const remembered = { path, sha256: hashOf(isSame ? live : text) }
  changePlan.remember.siteOutputs = {
    ...changePlan.remember.siteOutputs,
    [output.name]: remembered,
  }
  changePlan.inForce.push({ output: output.name, path })
  if (isSame) return undefined
  if (live !== undefined) {
    if (known === undefined) checkStranger(site, options, changePlan)
    else if (known !== hashOf(live))
      changePlan.putBack.push(`${path} was changed by somebody and is put back`)
  }
  if (restored === undefined) checkShrink(output.name, lostOf(live, text, value), options, changePlan)
  const changes = differingLines(live ?? '', text, shownLines(hostState))
  changePlan.files.push({
    output: output.name,
    path,
    change: live === undefined ? 'create' : 'change',
    changes,
  })
  const mode = Number.parseInt(output.definition.mode, 8)
  changePlan.steps.push({
    step: 'write',
    output: output.name,
    path,
    text,
    from: live,
    mode,
    owner: site.owner,
  })
  const { check } = output.definition
  if (typeof check === 'object')
    changePlan.checks.push({ output: output.name, path, text, program: check.program })
  const what = `${path} ${live === undefined ? 'is new' : 'changes'} (${linesText(changes.length)})`
  return textCauses(output, variables, what, restored !== undefined, options, changePlan)
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
      `cannot write ${output.name}: it is no JSON: ${reasonOf(cause)}`,
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

function checkStranger({ output, path }: SiteOutput, options: PlanOptions, changePlan: ChangePlan): void {
  if (options.shrink === 'allow') return
  if (options.shrink === 'tell') {
    changePlan.notes.push(`${path} was not written by teamchatd: only teamchat apply --force replaces it`)
    return
  }
  throw new TeamchatError(
    'check.failed',
    `cannot write the output ${output.name}: somebody else wrote what is in ${path} now`,
    { hint: 'nothing was changed; move that file away, or type: teamchat apply --force' },
  )
}

function noteUnwanted({ output, path, isThere }: SiteOutput, changePlan: ChangePlan): undefined {
  const names = Object.keys(output.definition.when ?? {}).join(', ')
  if (isThere) changePlan.notes.push(`${output.name} is not rendered (${names}); ${path} stays as it is`)
}

/** An output whose folder the site took away leaves its file; said while that is there. */
function noteLeftFiles(hostState: HostState, options: PlanOptions, changePlan: ChangePlan): void {
  const all = hostState.state.siteOutputs
  if (all === undefined) return
  changePlan.remember.siteOutputs = all
  for (const [name, { path }] of Object.entries(all)) {
    const now = options.site.outputs.find(site => site.output.name === name)
    if (now?.path === path) continue
    if (now === undefined && !options.site.written.has(path)) {
      changePlan.remember.siteOutputs = Object.fromEntries(
        Object.entries(changePlan.remember.siteOutputs).filter(([other]) => other !== name),
      )
      continue
    }
    const why =
      now === undefined ? `templates-custom/${name} is gone` : `${name} is written to ${now.path} now`
    changePlan.notes.push(`${why}; ${path} stays as it is: remove it if nobody needs it`)
  }
}

function parsedOrNothing(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}
