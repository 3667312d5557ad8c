import { sha256 } from '../../config/hash.js'
import { valueAt } from '../../config/json/json.js'
import { leafRule, leafVariable } from '../../config/leaves.js'
import { type DesiredSetting, isShipped, sameValue } from '../../config/merge.js'
import type { SettingsState } from '../../transaction/state.js'
import type { HostState } from '../host/host-state.js'
import { changeLine } from '../plan/leaves.js'

type Kept = NonNullable<SettingsState['kept']>
type Seen = Pick<HostState, 'live' | 'settings' | 'variables'>

/** The one leaf that an adoption changes: without it nobody could ask Mattermost anything. */
const LOCAL_MODE = 'ServiceSettings.EnableLocalMode'

/**
 * The enforced leaves that a first apply would write though nobody has said a word about them: what the site never
 * set, said in another way (a relative folder) or sets by a variable of the unit. They stay as they are for as long as
 * neither the DB nor the file says something else.
 */
export function keptAtAdoption(wanted: readonly DesiredSetting[], hostState: Seen): Kept {
  const entries = wanted
    .filter(setting => setting.class === 'enforced' && leafRule(setting.name) !== undefined)
    .filter(setting => setting.name !== LOCAL_MODE || isOnByVariable(hostState))
    .filter(
      setting => !sameValue(setting.compare, valueAt(hostState.live?.value, setting.path), setting.value),
    )
    .map(setting => [setting.name, fingerprint(setting, hostState)] as const)
  return Object.fromEntries(entries)
}

/** Which of them stand still, and a note on each that means something to the operator. */
export function stillKept(
  wanted: readonly DesiredSetting[],
  hostState: Seen & Pick<HostState, 'state'>,
): { kept: Kept; notes: string[] } {
  const kept: Kept = {}
  const notes: string[] = []
  for (const setting of wanted) {
    const before = Object.hasOwn(hostState.state.kept ?? {}, setting.name)
      ? hostState.state.kept?.[setting.name]
      : undefined
    if (before === undefined || before !== fingerprint(setting, hostState)) continue
    kept[setting.name] = before
    const from = valueAt(hostState.live?.value, setting.path)
    if (setting.name === 'ServiceSettings.SiteURL' && !hostState.variables.has(leafVariable(setting.name))) {
      notes.push(
        `${changeLine({ setting, from })} is left out: it is kept as the adoption found it; type: teamchat config setprop mattermost SiteURL ${String(setting.value)}`,
      )
    }
  }
  return { kept, notes }
}

/** Any of: another wish, another value in the file, a property that was not explicit, a variable that came or went. */
function fingerprint(setting: DesiredSetting, { live, settings, variables }: Seen): string {
  const there = valueAt(live?.value, setting.path)
  const plain = setting.compare === 'exact' || typeof there !== 'string' ? there : there.replace(/\/+$/, '')
  const stated = setting.causes.filter(property => settings.explicit.has(property))
  const overridden = variables.has(leafVariable(setting.name))
  // Mattermost writes what it ships into its file at every start.
  const value = isShipped(setting, there) ? 'as shipped' : { plain }
  return sha256(JSON.stringify([setting.value, value, stated, overridden])).slice(0, 16)
}

function isOnByVariable({ variables }: Seen): boolean {
  return /^(1|t|true)$/i.test(variables.get(leafVariable(LOCAL_MODE)) ?? '')
}
