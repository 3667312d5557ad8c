import { sameValue } from '../../config/merge.js'
import { unifiedDiff } from '../../config/text/diff.js'
import { ANOTHER_SECRET } from '../../config/text/mask.js'
import { type Contents, isSitesOwn, type StoredLeaf } from './generation-store.js'

/** How one file differs; a unified diff, for config.json a line a leaf; secrets masked. */
export interface FileDiff {
  output: string
  path: string
  diff: string[]
}

export interface CompareOptions {
  /** What stands behind `---` and `+++`, after the path. */
  labels: readonly [string, string]
  /** The lines of a text with its secrets masked. */
  show: (text: string) => string[]
  /** The name of the output that leaves belong to. */
  configOutput: string
}

/** How `after` differs from `before`, file by file; none where everything is the same. */
export function compareContents(before: Contents, after: Contents, options: CompareOptions): FileDiff[] {
  const { labels, show, configOutput } = options
  const headed = (path: string) => [`${path} (${labels[0]})`, `${path} (${labels[1]})`] as const
  const found: FileDiff[] = []
  const configFile = after.configFile ?? before.configFile ?? configOutput
  const leaves = leafLines(before.leaves, after.leaves)
  if (leaves.length > 0) {
    const [from, to] = headed(configFile)
    found.push({ output: configOutput, path: configFile, diff: [`--- ${from}`, `+++ ${to}`, ...leaves] })
  }
  const paths = new Set([...before.files, ...after.files].map(file => file.path))
  for (const path of paths) {
    const [old, fresh] = [before, after].map(side => side.files.find(file => file.path === path))
    const diff = unifiedDiff(old?.text ?? '', fresh?.text ?? '', { labels: headed(path), show })
    if (diff.length > 0) found.push({ output: fresh?.output ?? old?.output ?? path, path, diff })
  }
  return found
}

/** `-Section.Key: old` and `+Section.Key: new` for each leaf that differs. */
function leafLines(before: readonly StoredLeaf[], after: readonly StoredLeaf[]): string[] {
  const [old, fresh] = [byName(before), byName(after)]
  const lines: string[] = []
  for (const name of new Set([...old.keys(), ...fresh.keys()])) {
    const [from, to] = [old.get(name), fresh.get(name)]
    if (from !== undefined && to !== undefined && sameLeaf(from, to)) continue
    // What was never ours is nobody's difference.
    if ([from, to].every(leaf => leaf === undefined || isSitesOwn(leaf))) continue
    const another = from !== undefined && to !== undefined && shown(from) === shown(to)
    if (from !== undefined) lines.push(`-${name}: ${shown(from)}`)
    if (to !== undefined) lines.push(`+${name}: ${shown(to)}${another ? ANOTHER_SECRET : ''}`)
  }
  return lines
}

function byName(leaves: readonly StoredLeaf[]): Map<string, StoredLeaf> {
  return new Map(leaves.map(leaf => [leaf.name, leaf]))
}

function sameLeaf(one: StoredLeaf, other: StoredLeaf): boolean {
  if ('hash' in one || 'hash' in other) return 'hash' in one && 'hash' in other && one.hash === other.hash
  return sameValue(one.compare, one.value, other.value)
}

function shown(leaf: StoredLeaf): string {
  return 'hash' in leaf ? leaf.shown : JSON.stringify(leaf.value)
}
