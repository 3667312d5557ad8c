import { lstat, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Paths } from '../../paths.js'
import { moveEntry } from '../../system/files/entries.js'
import { isMissing } from '../../system/files/errors.js'
import { namesIn } from '../../system/files/files.js'
import { makeFolder } from '../../system/files/folder.js'
import type { SettingsState } from '../../transaction/state.js'

/** One action of the old module: where e-smith looks for it, and where it is masked. */
export type Masked = NonNullable<SettingsState['masked']>[number]

/** Beside the event: on the same file system, and no name of an event. */
const SUFFIX = '.masked-by-teamchatd'

/** What lies in the folders of the old module's events, by its paths: each would write what we write. */
export async function liveActions(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async folder => (await namesIn(folder)).map(name => join(folder, name))),
  )
  return found.flat()
}

/** Where each live action would go, behind those that are masked already. */
export function masksFor(live: readonly string[], before: readonly Masked[] = []): Masked[] {
  const fresh = live.map(from => ({ from, to: join(`${dirname(from)}${SUFFIX}`, basename(from)) }))
  return [...before.filter(one => fresh.every(other => other.from !== one.from)), ...fresh]
}

/**
 * Moves actions out of their event's folder, which stays: Server Manager fires the event still, and an empty one
 * succeeds. What a package has put there anew takes the place of what was masked before. Call it once the state on disk
 * names them. Throws `files.write`, `files.unsafe`.
 */
export async function mask(masked: readonly Masked[], paths: Paths): Promise<void> {
  for (const { from, to } of masked) {
    if (!(await exists(from))) continue
    await makeFolder(dirname(to), paths.root, 0o755)
    if (await exists(to)) await moveEntry(to, `${to}.${Date.now()}`, paths.root)
    await moveEntry(from, to, paths.root)
  }
}

/** Puts masked actions back; one whose place is taken again stays masked. A line for each. */
export async function unmask(masked: readonly Masked[], paths: Paths): Promise<string[]> {
  const lines: string[] = []
  for (const { from, to } of masked) {
    if (!(await exists(to))) continue
    if (await exists(from)) {
      lines.push(`${from} is there again; the masked one stays at ${to}`)
      continue
    }
    await makeFolder(dirname(from), paths.root, 0o755)
    await moveEntry(to, from, paths.root)
    await rmdir(dirname(to)).catch(() => undefined) // others are still in it
    lines.push(`${from} is live again`)
  }
  return lines
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
