import type { DiffOutcome, History, HistoryEntry } from '../../api/contract/history.js'
import { leafProperties } from '../../config/causes.js'
import { valueHash } from '../../config/hash.js'
import { type Json, parseJson, valueAt } from '../../config/json/json.js'
import { leafRule, leafRules } from '../../config/leaves.js'
import { baseOf, sameValue } from '../../config/merge.js'
import { CONFIG_OUTPUT } from '../../config/outputs/definition.js'
import { actionText } from '../../config/services/pending-action.js'
import { linesText } from '../../config/text/diff.js'
import { maskedLines } from '../../config/text/mask.js'
import { TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import { readFileIfPresent } from '../../system/files/files.js'
import { readLiveConfig } from '../../transaction/files.js'
import type { SettingsState } from '../../transaction/state.js'
import type { AppliedChange } from '../parts.js'
import { shownValue } from '../plan/leaves.js'
import { knownSecrets } from '../secrets.js'
import { compareContents } from './generation-diff.js'
import {
  type Contents,
  type GenerationStore,
  isSitesOwn,
  type StoredFile,
  type StoredLeaf,
} from './generation-store.js'
import { readOriginals } from './keep.js'

/** What history and diff look at. */
export interface HistoryParts {
  store: GenerationStore
  paths: Paths
  sleep?: ((milliseconds: number) => Promise<void>) | undefined
}

/** Keeps a change that stays as the next generation, and removes what is beyond HistoryKeep. */
export async function keepGeneration(change: AppliedChange, store: GenerationStore): Promise<void> {
  const { id, at, revision, cause, state, keep } = change
  const { pin } = state
  const config = change.outputs.find(({ output }) => output === CONFIG_OUTPUT)
  await store.add({
    id,
    at,
    revision,
    cause,
    ...(cause === 'rollback' && pin !== undefined ? { restored: pin.generation } : {}),
    changes: changesOf(change),
    actions: change.actions.map(actionText),
    configFile: config?.path ?? null,
    leaves: config === undefined ? [] : leavesIn(config.text, config.leaves ?? [], state.leaves),
    files: change.outputs
      .filter(({ output }) => output !== CONFIG_OUTPUT)
      .map(({ output, path, text }) => ({ output, path, text })),
  })
  await store.prune(keep, pin === undefined ? [] : [pin.generation])
}

/** Everything that is kept, the oldest first; generation 0, the site's originals, where there are any. */
export async function readHistory(state: SettingsState, { store, paths }: HistoryParts): Promise<History> {
  const { generations, unreadable } = await store.list()
  const { pin } = state
  const originals = await readOriginals(paths)
  const newest = generations.at(-1)?.number
  const entries: HistoryEntry[] = generations.map(
    ({ number, at, revision, cause, restored, changes, actions }) => ({
      number,
      at,
      revision,
      cause,
      restored,
      changes,
      actions,
      newest: number === newest,
      pinned: number === pin?.generation,
    }),
  )
  if (originals !== undefined) {
    const changes = [`the site's own, as they were found: ${originals.map(file => file.path).join(', ')}`]
    const at = originals.map(file => file.keptAt).sort()[0] ?? ''
    entries.unshift({
      ...{ number: 0, at, revision: '', cause: 'adopt', restored: undefined, changes, actions: [] },
      ...{ newest: newest === undefined, pinned: false },
    })
  }
  const status = pin === undefined ? undefined : { generation: pin.generation, since: pin.since }
  return { entries, unreadable, pin: status }
}

/**
 * Generation `from` (else the newest) against generation `to` (else what is live). Against what is live only that counts
 * which the generation holds. Throws `generation.unknown`, `state.unreadable`.
 */
export async function diffGenerations(
  { from, to }: { from?: number | undefined; to?: number | undefined },
  parts: HistoryParts,
): Promise<DiffOutcome> {
  const { store, paths } = parts
  const number = from ?? (await store.newest())?.number
  if (number === undefined) {
    throw new TeamchatError('generation.unknown', 'cannot compare: nothing has been applied yet', {
      hint: 'teamchat plan shows what would be',
    })
  }
  // Generation 0 is whole files; what of them is ours, the other one tells.
  const pattern = await patternFor([number, to], store)
  const contents = (one: number) => (one === 0 ? originalContents(pattern, paths) : store.read(one))
  const before = await contents(number)
  const after =
    to === undefined ? await liveContents(number === 0 ? pattern : before, parts) : await contents(to)
  const secrets = await knownSecrets(paths)
  const labels = [`generation ${number}`, to === undefined ? 'live' : `generation ${to}`] as const
  const files = compareContents(before, after, {
    labels,
    show: text => maskedLines(text, secrets),
    configOutput: CONFIG_OUTPUT,
  })
  return { from: labels[0], to: labels[1], files, notes: [] }
}

async function patternFor(numbers: (number | undefined)[], store: GenerationStore): Promise<Contents> {
  const other = numbers.find(number => number !== undefined && number !== 0)
  const pattern = other === undefined ? await store.newest() : await store.read(other)
  return pattern ?? { configFile: null, leaves: [], files: [] }
}

/** What is live of what `pattern` holds. */
async function liveContents(pattern: Contents, { store, paths, sleep }: HistoryParts): Promise<Contents> {
  // What was the site's own in that generation counts once we have written it.
  const newest = await store.newest()
  const ours = new Set(newest?.leaves.filter(leaf => !isSitesOwn(leaf)).map(leaf => leaf.name))
  const live =
    pattern.configFile === null ? undefined : await readLiveConfig(pattern.configFile, paths.root, sleep)
  const files: StoredFile[] = []
  for (const { output, path } of pattern.files) {
    const text = await readFileIfPresent(path)
    if (text !== undefined) files.push({ output, path, text: text.toString('utf8') })
  }
  return { configFile: pattern.configFile, leaves: valuesOf(pattern.leaves, live?.value, ours), files }
}

/** The site's originals as far as `pattern` says what is ours. Throws `generation.unknown` where there are none. */
async function originalContents(pattern: Contents, paths: Paths): Promise<Contents> {
  const originals = await readOriginals(paths)
  if (originals === undefined) {
    throw new TeamchatError('generation.unknown', 'cannot find generation 0', {
      hint: 'there was nothing of the site: this Mattermost was never adopted',
    })
  }
  // A file that was kept once more, as somebody had changed it, is not what was there at first.
  const first = (name: string) => originals.find(file => file.name === name)
  const config = first(CONFIG_OUTPUT)
  const value = config === undefined ? undefined : parseJson(config.text)
  const files = pattern.files.flatMap(({ output, path }) => {
    const original = originals.find(file => file.path === path)
    return original === undefined ? [] : [{ output, path, text: original.text }]
  })
  return { configFile: config?.path ?? null, leaves: valuesOf(pattern.leaves, value), files }
}

function valuesOf(
  pattern: readonly StoredLeaf[],
  config: Json | undefined,
  ours: ReadonlySet<string> = new Set(),
): StoredLeaf[] {
  return pattern.flatMap((known): StoredLeaf[] => {
    const { name, path, compare } = known
    const value = valueAt(config, path)
    if (value === undefined) return []
    const leaf = storedLeaf(name, path, compare, value)
    return [isSitesOwn(known) && !ours.has(name) && 'value' in leaf ? { ...leaf, site: true } : leaf]
  })
}

/**
 * Our leaves in a config.json: secrets, and those whose value is still the one that we wrote. With them, what is the
 * site's own and may be written by us later, also where no property says anything of it yet.
 */
function leavesIn(text: string, paths: readonly string[][], bases: SettingsState['leaves']): StoredLeaf[] {
  const config = parseJson(text)
  const rendered = new Set(paths.map(path => path.join('.')))
  const others = leafRules.filter(rule => rule.class === 'initial' && !rendered.has(rule.name))
  return [...paths, ...others.map(rule => rule.name.split('.'))].flatMap((path): StoredLeaf[] => {
    const name = path.join('.')
    const value = valueAt(config, path)
    if (value === undefined) return []
    const compare = leafRule(name)?.compare ?? 'exact'
    const leaf = storedLeaf(name, path, compare, value)
    if ('hash' in leaf) return [leaf]
    const base = baseOf(bases, name)?.value
    if (base === undefined) return leafRule(name)?.class === 'initial' ? [{ ...leaf, site: true }] : []
    return sameValue(compare, base, value) ? [leaf] : []
  })
}

/** What a site's own fragment sets may be a secret: then it is kept like one. */
function storedLeaf(name: string, path: string[], compare: StoredLeaf['compare'], value: Json): StoredLeaf {
  const rule = leafRule(name)
  if (rule !== undefined && !rule.secret) return { name, path, compare, value }
  const hash = valueHash(value)
  return { name, path, compare, hash, shown: shownValue({ name, secret: true }, value) }
}

/** `mattermost.ListenPort: ServiceSettings.ListenAddress: … → …` */
function withCauses(line: string, causes: readonly string[]): string {
  const properties = leafProperties(line.slice(0, line.indexOf(':')))
  const named = properties.filter(name => causes.some(cause => cause.startsWith(`${name} `)))
  return named.length === 0 ? line : `${named.join(', ')}: ${line}`
}

/** A line for each leaf and each other file: `mattermost.conf: 4 lines`. */
function changesOf({ files, actions }: AppliedChange): string[] {
  const causes = actions.flatMap(action => action.causes)
  return files.flatMap(({ output, path, change, changes }) => {
    if (output === CONFIG_OUTPUT)
      return changes.map(line => causes.find(cause => cause.endsWith(line)) ?? withCauses(line, causes))
    if (changes.some(line => line.startsWith('→'))) return [`${path} ${changes.join(' ')}`]
    return [
      change === 'change' ? `${output}: ${linesText(changes.length)}` : `${output}: ${change}d (${path})`,
    ]
  })
}
