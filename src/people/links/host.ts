import type { PeopleState } from '../state.js'

/** What tells one host from another; undefined: it cannot be told here. */
export interface HostIdentity {
  /** Of the machine, from /etc/machine-id. */
  machine: string | undefined
  /** Mattermost's own id, which lies in its database. */
  mattermost: string | undefined
  /** Whether there is a links.json; undefined: nobody has looked. */
  links?: boolean | undefined
}

/** What to do where `areLinksLost`. */
export const LOST_HINT =
  'put links.json and links.journal back from a backup; without one teamchat users accept-host has everybody matched ' +
  'anew by login and e-mail, as at the first start (look at teamchat users plan)'

/** How the host is another than the one whose links are kept, in words; empty: it is the same, as far as is known. */
export function hostDifferences(known: PeopleState['host'], seen: HostIdentity): string[] {
  const words: string[] = []
  if (isOther(known?.machine, seen.machine)) words.push('the machine has another id (/etc/machine-id)')
  if (isOther(known?.mattermost, seen.mattermost))
    words.push('Mattermost has another id of its own, so it stands on another database')
  if (areLinksLost(known, seen)) words.push('links.json is gone, which tells whose user is whose')
  return words
}

/** What is to be kept: what cannot be told now stays as it was. */
export function knownHost(known: PeopleState['host'], seen: HostIdentity): NonNullable<PeopleState['host']> {
  return {
    machine: seen.machine ?? known?.machine,
    mattermost: seen.mattermost ?? known?.mattermost,
    links: seen.links ?? known?.links,
  }
}

/** There were links, and their file is not there any more; an empty one is, where the last was taken away. */
export function areLinksLost(known: PeopleState['host'], seen: Pick<HostIdentity, 'links'>): boolean {
  return known?.links === true && seen.links === false
}

function isOther(known: string | undefined, seen: string | undefined): boolean {
  return known !== undefined && seen !== undefined && known !== seen
}
