import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { sha256 } from '../../config/hash.js'
import { missingIsUndefined } from '../../system/files/errors.js'
import { readFileIfPresent } from '../../system/files/files.js'
import type { NewOwner } from '../../transaction/files.js'
import type { SettingsState } from '../../transaction/state.js'

/** Who may read a file; `mode` without type. */
export interface FileAccess {
  mode: number
  owner: NewOwner
}

/** One of the site's own virtual hosts that was taken over, as it is now. */
export interface TakenVhostNow {
  path: string
  /** A link; else a file of its own. */
  link: boolean
  /** Apache reads it still. */
  there: boolean
  /** Not as it was when it was taken over. */
  changed: boolean
  text: string
  access: FileAccess
  /** What lies where it is moved aside to. */
  aside: string | undefined
  asideAccess: FileAccess
}

/** Where a file that is no link goes: Apache reads `*.conf` alone. */
export function asidePath(path: string): string {
  return `${path}.before-teamchatd`
}

/** Looks at what was taken over. */
export async function readTakenVhosts(taken: SettingsState['takenVhosts']): Promise<TakenVhostNow[]> {
  return Promise.all(
    (taken ?? []).map(async ({ path, target, sha256: before }) => {
      const [stat, asideStat] = await Promise.all(
        [path, asidePath(path)].map(one => lstat(one).catch(missingIsUndefined)),
      )
      const bytes = await readFileIfPresent(path)
      return {
        path,
        link: target !== undefined,
        there: stat !== undefined,
        changed: bytes !== undefined && sha256(bytes) !== before,
        text: bytes?.toString('utf8') ?? '',
        access: accessOf(stat),
        asideAccess: accessOf(asideStat),
        aside: (await readFileIfPresent(asidePath(path)))?.toString('utf8'),
      }
    }),
  )
}

function accessOf(stat: Stats | undefined): FileAccess {
  if (stat === undefined) return { mode: 0o644, owner: 'root' }
  return { mode: stat.mode & 0o7777, owner: { uid: stat.uid, gid: stat.gid } }
}

/** Taken over and not yet out of the way. */
export function pending(hostState: {
  state: Pick<SettingsState, 'takenVhosts'>
  takenVhosts: readonly TakenVhostNow[]
}): TakenVhostNow[] {
  const waiting = new Set(
    (hostState.state.takenVhosts ?? []).filter(entry => !entry.disabled).map(entry => entry.path),
  )
  return hostState.takenVhosts.filter(now => now.there && waiting.has(now.path))
}
