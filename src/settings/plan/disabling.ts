import { VHOST_OUTPUT } from '../../config/outputs/names.js'
import { TeamchatError } from '../../errors.js'
import type { HostState } from '../host/host-state.js'
import { asidePath, pending, type TakenVhostNow } from '../host/taken-vhosts.js'
import type { PlanPart } from './change-plan.js'

/**
 * Takes the site's own virtual hosts out of Apache's way, in the same change that brings ours: a link goes, its file
 * stays; a file is moved aside. What somebody puts back later is not taken away again. Why Apache must look again.
 */
export function planDisabling(hostState: HostState): { causes: string[]; parts: PlanPart[] } {
  const going = pending(hostState)
  const entries = hostState.state.takenVhosts ?? []
  const takenVhosts = entries.map(entry => ({ ...entry, disabled: true }))
  const isNew = entries.some(entry => !entry.disabled)
  return {
    causes: going.map(causeOf),
    parts: [...going.flatMap(disable), ...(isNew ? [{ next: { remember: { takenVhosts } } }] : [])],
  }
}

function causeOf({ path }: TakenVhostNow): string {
  return `teamchat adopt --vhost: ours takes the place of ${path}`
}

function disable(now: TakenVhostNow): PlanPart[] {
  if (now.changed) throw changedSince(now.path)
  const place = { output: VHOST_OUTPUT, path: now.path }
  const removed: PlanPart = {
    files: [{ ...place, change: 'remove', changes: [causeOf(now)] }],
    steps: [{ step: 'remove', ...place }],
    apache: { without: [now.path] },
  }
  return now.link ? [removed] : [moveAside(now), removed]
}

function moveAside(now: TakenVhostNow): PlanPart {
  const place = { output: VHOST_OUTPUT, path: asidePath(now.path) }
  const change = now.aside === undefined ? 'create' : 'change'
  return {
    files: [{ ...place, change, changes: [`the site's own ${now.path}, moved aside`] }],
    steps: [{ step: 'write', ...place, text: now.text, from: now.aside, ...now.access }],
  }
}

function changedSince(path: string): TeamchatError {
  return new TeamchatError('check.failed', `cannot replace ${path}: it was changed since it was taken over`, {
    hint: 'nothing was changed; look at it, then run teamchat adopt --vhost again',
  })
}
