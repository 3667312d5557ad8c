import { basename } from 'node:path'
import { named } from '../../config/addresses.js'
import { maskDataSource } from '../../config/data-source.js'
import { isObject, type Json, sameJson, valueAt } from '../../config/json/json.js'
import { leafRule } from '../../config/leaves.js'
import { type DesiredSetting, isShipped, type LeafChange, type Merge, sameValue } from '../../config/merge.js'
import { CONFIG_OUTPUT } from '../../config/outputs/definition.js'
import type { Output } from '../../config/outputs/outputs.js'
import { templateVariables } from '../../config/template-variables.js'
import { leavesOf, renderJson, type Variables } from '../../config/templates/render.js'
import { ANOTHER_SECRET } from '../../config/text/mask.js'
import { TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { HostState } from '../host/host-state.js'

/** Sections whose every leaf a reload takes over; tried on 11.2. A leaf that we do not know elsewhere means a restart. */
const RELOADED_SECTIONS = new Set(['EmailSettings', 'LogSettings', 'TeamSettings'])

/**
 * The leaves that config.json's fragments render. Those that a site's own fragment (below `siteFolder`) adds are enforced,
 * and shown masked; an initial leaf that it says is tracked, as if its property stood in the DB.
 */
export function desiredSettings(
  output: Output,
  variables: Variables,
  explicit: ReadonlySet<string>,
  siteFolder: string,
): DesiredSetting[] {
  const own = ownLeaves(output, variables, siteFolder)
  return leavesOf(renderJson(output, variables)).map(({ path, value }) => {
    const name = path.join('.')
    const rule = leafRule(name)
    const source = own.find(leaf => leaf.name === name && sameJson(leaf.value, value))?.source
    const bySite = source === undefined ? {} : { source }
    if (rule === undefined) {
      const how = RELOADED_SECTIONS.has(path[0] ?? '') ? 'reload' : 'restart'
      const fixed = {
        explicit: false,
        keepInitial: false,
        shipped: [],
        compare: 'exact',
        secret: true,
      } as const
      return { name, path, value, class: 'enforced', how, causes: [], ...bySite, ...fixed }
    }
    const follows = rule.follows !== undefined && explicit.has(rule.follows)
    const stated = rule.property !== undefined && explicit.has(rule.property)
    return {
      name,
      path,
      value,
      class: rule.class,
      how: rule.how,
      explicit: source !== undefined || follows || stated,
      keepInitial: follows && source === undefined,
      shipped: rule.shipped,
      compare: rule.compare,
      secret: rule.secret,
      causes: rule.causes,
      ...bySite,
    }
  })
}

/** What the site's own fragments say by themselves, the last one first. */
function ownLeaves(
  output: Output,
  variables: Variables,
  siteFolder: string,
): { name: string; value: Json; source: string }[] {
  return output.fragments
    .filter(({ path }) => path.startsWith(`${siteFolder}/`))
    .flatMap(fragment => {
      const source = `${basename(siteFolder)}/${output.name}/${fragment.name}`
      const leaves = leavesOf(renderJson({ ...output, fragments: [fragment] }, variables))
      return leaves.map(({ path, value }) => ({ name: path.join('.'), value, source }))
    })
    .reverse()
}

/** What config.json would hold, whatever there is of a web server and of a name: to compare a site with. */
export function comparableSettings(
  hostState: Pick<HostState, 'settings' | 'dataSource' | 'password'>,
  outputs: ReadonlyMap<string, Output>,
  paths: Pick<Paths, 'root' | 'isEsmith' | 'siteTemplatesFolder'>,
): DesiredSetting[] {
  const output = outputs.get(CONFIG_OUTPUT)
  if (output === undefined) return []
  const { settings, dataSource, password } = hostState
  const { root, isEsmith, siteTemplatesFolder } = paths
  const nothing = { certificate: undefined, apacheVersion: undefined }
  const variables = templateVariables(named(settings), { root, isEsmith, dataSource, password, ...nothing })
  return desiredSettings(output, { ...variables }, settings.explicit, siteTemplatesFolder)
}

/** A value for people; secrets are masked, and whatever a site's own fragment sets may be one. */
export function shownValue(
  setting: Pick<DesiredSetting, 'name' | 'secret'>,
  value: Json | undefined,
): string {
  if (value === undefined) return 'not set'
  if (setting.name === 'SqlSettings.DataSource') return maskDataSource(value)
  return setting.secret ? '***' : JSON.stringify(value)
}

/** `ServiceSettings.SiteURL: "" → "https://chat.example.org"`. */
export function changeLine({ setting, from }: Pick<LeafChange, 'setting' | 'from'>): string {
  const [before, after] = [shownValue(setting, from), shownValue(setting, setting.value)]
  return `${setting.name}: ${before} → ${after}${before === after ? ANOTHER_SECRET : ''}`
}

/** A kept edit. */
export function driftLine({ setting, live }: Merge['drift'][number]): string {
  const is = `${setting.name} is ${shownValue(setting, live)} in config.json`
  const wanted = shownValue(setting, setting.value)
  if (setting.restored === true) return `${is}, the rollback says ${wanted}: kept`
  if (setting.source !== undefined)
    return `${is}, ${setting.source} says ${wanted}: kept until that says something else`
  return `${is}, ${setting.causes.join(', ')} says ${wanted}: kept until the property changes`
}

/** Enforced leaves that are neither missing, nor what Mattermost ships, nor what we would write. */
export function siteValues(wanted: DesiredSetting[], live: Json | undefined): DesiredSetting[] {
  return wanted.filter(setting => {
    const value = valueAt(live, setting.path)
    return (
      setting.class === 'enforced' &&
      !isShipped(setting, value) &&
      !sameValue(setting.compare, value, setting.value)
    )
  })
}

/**
 * Throws `check.failed` where a leaf would get another type than Mattermost reads; it would not start with it. What
 * Mattermost ships shows the type, else what it has written into the live file itself.
 */
export function checkTypes(wanted: DesiredSetting[], live: Json | undefined): void {
  for (const setting of wanted) {
    // A plugin reads its own settings, of whatever type.
    if (setting.name.startsWith('PluginSettings.Plugins.')) continue
    const above = scalarAbove(setting.path, live)
    if (above !== undefined) throw wrongType(above.name, kindOf(above.value), 'section')
    const model = setting.shipped[0] ?? valueAt(live, setting.path)
    if (model === undefined || model === null || fits(model, setting.value)) continue
    throw wrongType(setting.name, modelKind(model), modelKind(setting.value))
  }
}

function wrongType(name: string, wanted: string, given: string): TeamchatError {
  return new TeamchatError(
    'check.failed',
    `cannot set ${name}: Mattermost wants a ${wanted}, and the fragments of config.json say a ${given}`,
    {
      hint: 'nothing was changed; correct the fragment in templates-custom/config.json, or config.json itself where that is wrong',
    },
  )
}

/** A value above the leaf that can hold none; an empty section may be null. */
function scalarAbove(
  path: readonly string[],
  live: Json | undefined,
): { name: string; value: Json } | undefined {
  for (let length = 1; length < path.length; length += 1) {
    const value = valueAt(live, path.slice(0, length))
    if (value !== undefined && value !== null && !isObject(value))
      return { name: path.slice(0, length).join('.'), value }
  }
  return undefined
}

function fits(model: Json, value: Json): boolean {
  if (Array.isArray(model) && Array.isArray(value)) {
    const [item] = model
    return item === undefined || value.every(one => fits(item, one))
  }
  // Where Mattermost wants a whole number it does not start with a fraction.
  if (typeof model === 'number' && typeof value === 'number')
    return Number.isInteger(value) || !Number.isInteger(model)
  return kindOf(model) === kindOf(value)
}

function modelKind(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'whole number' : 'number with a fraction'
  const item = Array.isArray(value) ? value[0] : undefined
  return item === undefined ? kindOf(value) : `list whose items are each a ${kindOf(item)}`
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'list'
  if (value === null || isObject(value)) return 'section'
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'true or false' : 'number'
}
