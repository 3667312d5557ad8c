import type { Waiting } from '../events/types.js'
import type { Management } from '../stories/operations.js'
import type { SettingsSource } from './settings-source.js'

/**
 * Whether automatic runs may change people: only on a host that is managed and whose Mattermost shall run.
 * What is missing is said in words.
 */
export async function peopleGate(
  settings: { ownership(): Promise<Management> },
  source: Pick<SettingsSource, 'current'>,
): Promise<{ allowed: true } | ({ allowed: false } & Waiting)> {
  const management = await settings.ownership()
  if (management.state !== 'managed') {
    return { allowed: false, reason: `waits: ${management.reason}`, hint: management.hint }
  }
  const { mattermost } = await source.current()
  if (mattermost.status === 'enabled') return { allowed: true }
  return {
    allowed: false,
    reason: 'waits: Mattermost is disabled',
    hint: 'enable it: teamchat config setprop mattermost status enabled',
  }
}
