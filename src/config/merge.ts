import { valueHash } from './hash.js'
import { type Json, sameJson, valueAt } from './json/json.js'

/** A leaf as it should be. */
export interface DesiredSetting {
  /** Its path as one text, for people and as the key of its base. */
  name: string
  path: string[]
  value: Json
  class: 'enforced' | 'initial'
  how: 'restart' | 'reload'
  /** Initial leaves: the property stands in the DB. */
  explicit: boolean
  /** What the site has stays at first, though the property is explicit; only its next change counts. */
  keepInitial: boolean
  /** Values that Mattermost ships. */
  shipped: readonly Json[]
  compare: 'exact' | 'folder' | 'address'
  secret: boolean
  causes: string[]
  /** The site's own fragment that says it: `templates-custom/config.json/50-site.njk`. */
  source?: string
  /** The value is that of an earlier generation, not the DB's: what somebody has set since stays, but for enforced leaves. */
  restored?: boolean
}

/** What is remembered of a leaf between two runs. `value` is never kept for secrets. */
export interface LeafBase {
  value?: Json | undefined
  /** Of a secret in place of its value: tells whether it is another one. Only root reads it, as config.json itself. */
  mark?: string | undefined
  /** Whether the property was explicit when we last wrote or looked. */
  explicit: boolean
  done: boolean
}

export interface LeafChange {
  setting: DesiredSetting
  from: Json | undefined
  /** Somebody had changed what we wrote. */
  putBack: boolean
}

export interface Merge {
  changes: LeafChange[]
  /** What to remember once the changes are on disk. */
  bases: Record<string, LeafBase>
  /** Tracked leaves that somebody changed: kept. */
  drift: { setting: DesiredSetting; live: Json | undefined }[]
}

/**
 * Decides leaf by leaf what is written into the live configuration (undefined: there is none yet).
 * Enforced: always ours. Initial: once, and only over what Mattermost ships. Initial with an explicit property
 * (tracked): a change in the DB wins, a change in the file is kept and reported until then.
 */
export function mergeLeaves(
  live: Json | undefined,
  wanted: readonly DesiredSetting[],
  bases: Readonly<Record<string, LeafBase>>,
): Merge {
  const merge: Merge = { changes: [], bases: { ...bases }, drift: [] }
  for (const setting of wanted) {
    const from = valueAt(live, setting.path)
    const base = baseOf(bases, setting.name)
    const decision = decide(setting, from, base)
    if (decision === 'write') {
      const putBack = setting.class === 'enforced' && isKnown(setting, base)
      merge.changes.push({ setting, from, putBack })
    }
    if (decision === 'drift') merge.drift.push({ setting, live: from })
    else merge.bases[setting.name] = nextBase(setting, base, decision)
  }
  return merge
}

/** What is remembered of a leaf; never what every object has. */
export function baseOf(bases: Readonly<Record<string, LeafBase>>, name: string): LeafBase | undefined {
  return Object.hasOwn(bases, name) ? bases[name] : undefined
}

/** Whether two values mean the same to Mattermost, which adds a slash to folders and takes it from addresses. */
export function sameValue(
  compare: DesiredSetting['compare'],
  one: Json | undefined,
  other: Json | undefined,
): boolean {
  if (compare !== 'exact' && typeof one === 'string' && typeof other === 'string') {
    return one.replace(/\/+$/, '') === other.replace(/\/+$/, '')
  }
  return sameJson(one, other)
}

/** True where nobody has set the leaf: missing, null, or what Mattermost ships. */
export function isShipped(
  setting: Pick<DesiredSetting, 'shipped' | 'compare'>,
  live: Json | undefined,
): boolean {
  return (
    live === undefined ||
    live === null ||
    setting.shipped.some(value => sameValue(setting.compare, value, live))
  )
}

/** True where what we want is what we wrote or saw the last time: then it was somebody else who changed the leaf. */
export function isKnown(
  setting: Pick<DesiredSetting, 'value' | 'compare'>,
  base: LeafBase | undefined,
): boolean {
  if (base?.mark !== undefined) return base.mark === valueHash(setting.value)
  return base?.value !== undefined && sameValue(setting.compare, base.value, setting.value)
}

type Decision = 'write' | 'keep' | 'drift'

function decide(setting: DesiredSetting, live: Json | undefined, base: LeafBase | undefined): Decision {
  const equal = sameValue(setting.compare, live, setting.value)
  if (setting.class === 'enforced') return equal ? 'keep' : 'write'
  if (setting.restored === true) {
    const isOurs = base?.value !== undefined && sameValue(setting.compare, live, base.value)
    return equal ? 'keep' : isOurs ? 'write' : 'drift'
  }
  const fresh = base === undefined || !base.done
  const tracked = setting.explicit && !(setting.keepInitial && fresh)
  if (!tracked) return fresh && !equal && isShipped(setting, live) ? 'write' : 'keep'
  if (equal) return 'keep'
  const databaseMoved =
    fresh ||
    !base.explicit ||
    base.value === undefined ||
    !sameValue(setting.compare, base.value, setting.value)
  return databaseMoved ? 'write' : 'drift'
}

function nextBase(setting: DesiredSetting, base: LeafBase | undefined, decision: Decision): LeafBase {
  const known = setting.secret ? { mark: valueHash(setting.value) } : { value: setting.value }
  if (setting.class === 'enforced' || setting.explicit || decision === 'write') {
    return { ...known, explicit: setting.explicit, done: true }
  }
  // The property is gone or never was: what we once wrote stays known, the site's value stays.
  return { ...(base?.value === undefined ? {} : { value: base.value }), explicit: false, done: true }
}
