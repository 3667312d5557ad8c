import { valueAt } from '../../config/json/json.js'
import { leafRule, leafVariable } from '../../config/leaves.js'
import { isShipped, type LeafWish, sameValue } from '../../config/merge.js'
import type { SettingsState } from '../../transaction/state.js'
import type { World } from '../host/host-state.js'
import { hashOf } from '../plan/change-plan.js'
import { changeLine } from '../plan/leaves.js'

type Kept = NonNullable<SettingsState['kept']>
type Seen = Pick<World, 'live' | 'settings' | 'variables'>

/** The one leaf that an adoption changes: without it nobody could ask Mattermost anything. */
const LOCAL_MODE = 'ServiceSettings.EnableLocalMode'

/**
 * The enforced leaves that a first apply would write though nobody has said a word about them: what the site never
 * set, said in another way (a relative folder) or sets by a variable of the unit. They stay as they are for as long as
 * neither the DB nor the file says something else.
 */
export function keptAtAdoption(wishes: readonly LeafWish[], world: Seen): Kept {
  const entries = wishes
    .filter(wish => wish.class === 'enforced' && leafRule(wish.name) !== undefined)
    .filter(wish => wish.name !== LOCAL_MODE || isOnByVariable(world))
    .filter(wish => !sameValue(wish.compare, valueAt(world.live?.value, wish.path), wish.value))
    .map(wish => [wish.name, fingerprint(wish, world)] as const)
  return Object.fromEntries(entries)
}

/** Which of them stand still, and a note on each that means something to the operator. */
export function stillKept(
  wishes: readonly LeafWish[],
  world: Seen & Pick<World, 'state'>,
): { kept: Kept; notes: string[] } {
  const kept: Kept = {}
  const notes: string[] = []
  for (const wish of wishes) {
    const before = Object.hasOwn(world.state.kept ?? {}, wish.name)
      ? world.state.kept?.[wish.name]
      : undefined
    if (before === undefined || before !== fingerprint(wish, world)) continue
    kept[wish.name] = before
    const from = valueAt(world.live?.value, wish.path)
    if (wish.name === 'ServiceSettings.SiteURL' && !world.variables.has(leafVariable(wish.name))) {
      notes.push(
        `${changeLine({ wish, from })} is left out: it is kept as the adoption found it; type: teamchat config setprop mattermost SiteURL ${String(wish.value)}`,
      )
    }
  }
  return { kept, notes }
}

/** Any of: another wish, another value in the file, a property that was not explicit, a variable that came or went. */
function fingerprint(wish: LeafWish, { live, settings, variables }: Seen): string {
  const there = valueAt(live?.value, wish.path)
  const plain = wish.compare === 'exact' || typeof there !== 'string' ? there : there.replace(/\/+$/, '')
  const stated = wish.causes.filter(property => settings.explicit.has(property))
  const overridden = variables.has(leafVariable(wish.name))
  // Mattermost writes what it ships into its file at every start.
  const value = isShipped(wish, there) ? 'as shipped' : { plain }
  return hashOf(JSON.stringify([wish.value, value, stated, overridden])).slice(0, 16)
}

function isOnByVariable({ variables }: Seen): boolean {
  return /^(1|t|true)$/i.test(variables.get(leafVariable(LOCAL_MODE)) ?? '')
}
