import type { Said } from './finding.js'
import type { View } from './view.js'

/** One question of the doctor's. `look` may throw: that is a fail with its words. */
export interface Check {
  name: string
  /** Why it makes no sense on this host; undefined where it does. */
  unless?: (view: View) => string | undefined
  look: (view: View, signal: AbortSignal) => Promise<Said[]>
}

/** Nobody has said that Mattermost shall run. */
export function notWanted({ settings }: View): string | undefined {
  if (settings.mattermost.status === undefined) return 'not managed: the record mattermost has no status'
  return settings.mattermost.status === 'disabled' ? 'the DB says status=disabled' : undefined
}

/** Only services of the real system are ours to look at. */
export function belowRoot({ paths }: View): string | undefined {
  return paths.root === '' ? undefined : `--root: nothing outside of ${paths.root} is looked at`
}

/** The web server in front of Mattermost is not ours, or not yet. */
export function notOurSite(view: View): string | undefined {
  const other = notWanted(view) ?? belowRoot(view) ?? notApache(view)
  if (other !== undefined) return other
  if (view.host === undefined) return 'the site has no name'
  const { state } = view.managed
  if (state === 'refused') return 'refused: see settings'
  return state === 'managed' || state === 'held' ? undefined : `${state}: our virtual host is not in place`
}

/** WebServer=none. */
export function notApache({ settings }: View): string | undefined {
  return settings.mattermost.webServer === 'none'
    ? 'WebServer=none: the web server is the site’s own'
    : undefined
}

/** For questions that Mattermost itself answers; why it does not is the socket's line. */
export async function unanswered(view: View): Promise<string | undefined> {
  return (await view.silence()) === undefined ? undefined : 'Mattermost does not answer: see socket'
}
