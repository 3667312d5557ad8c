import { sha256 } from '../../config/hash.js'
import { TeamchatError } from '../../errors.js'
import type { SettingsState } from '../../transaction/state.js'
import type { HostState } from '../host/host-state.js'
import type { ChangePlan } from './change-plan.js'

export type Refusal = NonNullable<SettingsState['refused']>

/**
 * What a plan comes to, as far as checks and services see it: the values that would be written, and the certificates
 * that were looked at, so that one that was mended under the same path counts as a change. Another save that leaves all
 * of it as it was gives the same one. A hash, since values may be secrets.
 */
export function planFingerprint(changePlan: ChangePlan, hostState: HostState): string {
  const steps = changePlan.steps.map(step => {
    if (step.step !== 'write' || step.leaves === undefined) return step
    // All else in config.json is Mattermost's own.
    return { path: step.path, leaves: step.leaves.map(({ setting }) => [setting.name, setting.value]) }
  })
  const { vhost, modules } = changePlan.apache
  const { checks } = changePlan
  return sha256(JSON.stringify({ steps, vhost, modules, checks, certificates: hostState.certificates }))
}

/** Nobody has asked for a run of these causes. */
const BY_ITSELF = new Set(['db-changed', 'certificate-update', 'retry'])

/** What is kept of a refusal; undefined for errors that say nothing of the values. */
export function refusalOf(error: unknown, fingerprint: string, now: Date): Refusal | undefined {
  if (!(error instanceof TeamchatError)) return undefined
  const { code, message, hint } = error
  if (code !== 'check.failed' && code !== 'change.undone') return undefined
  const by = code === 'check.failed' ? 'check' : 'undo'
  return { by, fingerprint, at: now.toISOString(), message, hint }
}

/**
 * The refusal that stands in the way of the same values. A check writes nothing, so whoever asks, and a start, has it
 * done again; what broke the site once is tried again only by force.
 */
export function standingRefusal(
  { refused }: SettingsState,
  fingerprint: string,
  { cause, force }: { cause: string; force: boolean },
): Refusal | undefined {
  if (refused === undefined || force || refused.fingerprint !== fingerprint) return undefined
  return refused.by === 'check' && !BY_ITSELF.has(cause) ? undefined : refused
}

/** For the plan, the log and `status`. */
export function refusalLine({ by, at, message }: Refusal): string {
  const again = by === 'check' ? 'teamchat apply' : 'teamchat apply --force'
  return `refused at ${at}, and not tried again with the same values until ${again}: ${message}`
}

/** For somebody who asks for it. */
export function refusedBefore({ at, message }: Refusal): TeamchatError {
  return new TeamchatError(
    'change.undone',
    `cannot apply the settings: they were undone at ${at}: ${message}`,
    {
      hint: 'correct the setting; teamchat apply --force tries the same again',
    },
  )
}
