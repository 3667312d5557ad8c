import { isObject, type Json, valueAt } from '../apply/json.js'
import type { LeafChange, LeafWish, Merge } from '../apply/merge.js'
import { isShipped, sameValue } from '../apply/merge.js'
import type { Output } from '../apply/outputs.js'
import { leavesOf, renderJson, type Variables } from '../apply/render.js'
import { maskDataSource } from '../desired/data-source.js'
import { leafRule } from '../desired/leaves.js'
import { TeamchatError } from '../errors.js'

/** Sections whose every leaf a reload takes over; tried on 11.2. A leaf that we do not know elsewhere means a restart. */
const RELOADED_SECTIONS = new Set(['EmailSettings', 'LogSettings', 'TeamSettings'])

/** The leaves that config.json's fragments render; those that a site's own fragment adds are enforced, and shown masked. */
export function leafWishes(output: Output, variables: Variables, explicit: ReadonlySet<string>): LeafWish[] {
  return leavesOf(renderJson(output, variables)).map(({ path, value }) => {
    const name = path.join('.')
    const rule = leafRule(name)
    if (rule === undefined) {
      const how = RELOADED_SECTIONS.has(path[0] ?? '') ? 'reload' : 'restart'
      const fixed = { explicit: false, gentle: false, shipped: [], compare: 'exact', secret: true } as const
      return { name, path, value, class: 'enforced', how, causes: [], ...fixed }
    }
    const follows = rule.follows !== undefined && explicit.has(rule.follows)
    return {
      name,
      path,
      value,
      class: rule.class,
      how: rule.how,
      explicit: follows || (rule.property !== undefined && explicit.has(rule.property)),
      gentle: follows,
      shipped: rule.shipped,
      compare: rule.compare,
      secret: rule.secret,
      causes: rule.causes,
    }
  })
}

/** A value for people; secrets are masked, and whatever a site's own fragment sets may be one. */
export function shownValue(wish: Pick<LeafWish, 'name' | 'secret'>, value: Json | undefined): string {
  if (value === undefined) return 'not set'
  if (wish.name === 'SqlSettings.DataSource') return maskDataSource(value)
  return wish.secret ? '***' : JSON.stringify(value)
}

/** `ServiceSettings.SiteURL: "" → "https://chat.example.org"`. */
export function changeLine({ wish, from }: Pick<LeafChange, 'wish' | 'from'>): string {
  const [before, after] = [shownValue(wish, from), shownValue(wish, wish.value)]
  return `${wish.name}: ${before} → ${after}${before === after ? ' (another secret)' : ''}`
}

/** A kept edit. */
export function driftLine({ wish, live }: Merge['drift'][number]): string {
  return `${wish.name} is ${shownValue(wish, live)} in config.json, ${wish.causes.join(', ')} says ${shownValue(wish, wish.value)}: kept until the property changes`
}

/** Enforced leaves that are neither missing, nor what Mattermost ships, nor what we would write. */
export function siteValues(wishes: LeafWish[], live: Json | undefined): LeafWish[] {
  return wishes.filter(wish => {
    const value = valueAt(live, wish.path)
    return wish.class === 'enforced' && !isShipped(wish, value) && !sameValue(wish.compare, value, wish.value)
  })
}

/** Throws `check.failed` where a leaf would get another type than Mattermost reads; it would not start with it. */
export function checkTypes(wishes: LeafWish[], live: Json | undefined): void {
  for (const wish of wishes) {
    const model = wish.shipped[0] ?? valueAt(live, wish.path)
    if (model === undefined || model === null || kindOf(model) === kindOf(wish.value)) continue
    throw new TeamchatError(
      'check.failed',
      `cannot set ${wish.name}: Mattermost wants a ${kindOf(model)}, and the fragments of config.json say a ${kindOf(wish.value)}`,
      { hint: 'nothing was changed; correct the fragment in templates-custom/config.json' },
    )
  }
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'list'
  if (value === null || isObject(value)) return 'section'
  return typeof value
}
