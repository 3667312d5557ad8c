import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { TeamchatError } from '../../errors.js'
import { readFileIfPresent } from '../../system/files/files.js'
import { missingIsUndefined } from '../../system/files/missing.js'
import type { NewOwner } from '../../transaction/files.js'
import type { SettingsState } from '../../transaction/state.js'
import type { HostState } from '../host/host-state.js'
import { type ChangePlan, hashOf, VHOST_OUTPUT } from '../plan/change-plan.js'

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
    (taken ?? []).map(async ({ path, target, sha256 }) => {
      const [stat, asideStat] = await Promise.all(
        [path, asidePath(path)].map(one => lstat(one).catch(missingIsUndefined)),
      )
      const bytes = await readFileIfPresent(path)
      return {
        path,
        link: target !== undefined,
        there: stat !== undefined,
        changed: bytes !== undefined && hashOf(bytes) !== sha256,
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

/**
 * Takes the site's own virtual hosts out of Apache's way, in the same change that brings ours: a link goes, its file
 * stays; a file is moved aside. What somebody puts back later is not taken away again. Why Apache must look again.
 */
export function planDisabling(hostState: HostState, changePlan: ChangePlan): string[] {
  const causes: string[] = []
  const entries = hostState.state.takenVhosts ?? []
  for (const now of pending(hostState)) {
    if (now.changed) throw changedSince(now.path)
    changePlan.without.push(now.path)
    if (!now.link) {
      const path = asidePath(now.path)
      changePlan.files.push({
        output: VHOST_OUTPUT,
        path,
        change: now.aside === undefined ? 'create' : 'change',
        changes: [`the site's own ${now.path}, moved aside`],
      })
      changePlan.steps.push({
        step: 'write',
        output: VHOST_OUTPUT,
        path,
        text: now.text,
        from: now.aside,
        ...now.access,
      })
    }
    const cause = `teamchat adopt --vhost: ours takes the place of ${now.path}`
    changePlan.files.push({ output: VHOST_OUTPUT, path: now.path, change: 'remove', changes: [cause] })
    changePlan.steps.push({ step: 'remove', output: VHOST_OUTPUT, path: now.path })
    causes.push(cause)
  }
  if (entries.some(entry => !entry.disabled)) {
    changePlan.remember.takenVhosts = entries.map(entry => ({ ...entry, disabled: true }))
  }
  return causes
}

/** Taken over and not yet out of the way. */
export function pending(hostState: Pick<HostState, 'state' | 'takenVhosts'>): TakenVhostNow[] {
  const waiting = new Set(
    (hostState.state.takenVhosts ?? []).filter(entry => !entry.disabled).map(entry => entry.path),
  )
  return hostState.takenVhosts.filter(now => now.there && waiting.has(now.path))
}

function changedSince(path: string): TeamchatError {
  return new TeamchatError('check.failed', `cannot replace ${path}: it was changed since it was taken over`, {
    hint: 'nothing was changed; look at it, then run teamchat adopt --vhost again',
  })
}
