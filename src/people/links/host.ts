import type { Waiting } from '../../api/contract/common.js'
import type { HostOutcome } from '../../api/contract/links.js'
import { TeamchatError } from '../../errors.js'
import type { MattermostClient } from '../../mattermost/client.js'
import type { PeopleParts } from '../parts.js'
import { soon } from '../seats.js'
import type { PeopleState } from '../state.js'

/** Facts that tell one host from another; undefined: it cannot be told here. */
export interface HostIdentity {
  /** Of the machine, from /etc/machine-id. */
  machine: string | undefined
  /** Mattermost's own id, which lies in its database. */
  mattermost: string | undefined
  /** Whether there is a links.json; undefined: nobody has looked. */
  links?: boolean | undefined
}

/** The remedy where `areLinksLost`. */
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

type HostParts = Pick<PeopleParts, 'machine' | 'state' | 'links' | 'credentials' | 'log'>

/**
 * Before anybody is changed: links belong to one machine and one Mattermost. Where both are known and one is another
 * (a clone, a restored backup), nobody is changed until the operator says that it is right: the copy of a host would
 * act on people a second time, and another database has other users. The first host is kept without being asked, and
 * so is any while there is nothing to protect. The links must be loaded. Throws `host.changed`.
 */
export async function checkHost(parts: HostParts, client: MattermostClient): Promise<void> {
  const { host } = await parts.state.read()
  const seen = await hostNow(parts, client)
  const trouble = await troubleOf(parts, host, seen)
  if (trouble !== undefined) throw changed(trouble)
  await parts.state.update({ host: knownHost(host, seen) })
}

/** Before links are changed by command: a new file would hide that the old one is lost. Throws `host.changed`. */
export async function checkLinks(parts: HostParts): Promise<void> {
  const { host } = await parts.state.read()
  const seen = { machine: undefined, mattermost: undefined, links: parts.links.isThere }
  const trouble = await troubleOf(parts, host, seen)
  if (trouble !== undefined) throw changed(trouble)
}

/**
 * Runs `work`, which may link people; once there is a links.json, one that is missing is a lost one. A state that cannot
 * be kept is told by the next method that needs it.
 */
export async function rememberingLinks<T>(
  { state, links }: Pick<HostParts, 'state' | 'links'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } finally {
    await rememberLinks({ state, links }).catch(() => undefined)
  }
}

async function rememberLinks({ state, links }: Pick<HostParts, 'state' | 'links'>): Promise<void> {
  const { host } = await state.read()
  if (links.isThere === true && host?.links !== true) await state.update({ host: { ...host, links: true } })
}

function changed({ reason, hint }: Waiting): TeamchatError {
  return new TeamchatError('host.changed', `cannot change anybody: ${reason}`, { hint })
}

/** Why nobody is changed on this host; undefined: it is the one that is known. Throws `mattermost.*`. */
export async function hostTrouble(parts: HostParts, client: MattermostClient): Promise<Waiting | undefined> {
  const { host } = await parts.state.read()
  return troubleOf(parts, host, await hostNow(parts, client))
}

/** From now on this is the host. Throws `mattermost.*` where Mattermost cannot say which one it is. */
export async function acceptHost(parts: HostParts, client: MattermostClient): Promise<HostOutcome> {
  await parts.links.load()
  const { host } = await parts.state.read()
  const seen = await hostNow(parts, client)
  const differences = hostDifferences(host, seen)
  await parts.state.update({ host: knownHost(host, seen) })
  if (differences.length > 0) parts.log.info({ differences }, 'this host was accepted by command')
  return { differences }
}

/** As `hostTrouble`, for `status`: without a Mattermost that answers soon the machine alone is looked at. */
export async function hostTroubleSoon(
  parts: HostParts,
  client: MattermostClient,
): Promise<Waiting | undefined> {
  const { host } = await parts.state.read()
  const seen = await soon(client, asked => hostNow(parts, asked))
  const known = seen ?? { machine: await parts.machine(), mattermost: undefined, links: parts.links.isThere }
  return troubleOf(parts, host, known)
}

async function hostNow({ machine, links }: HostParts, client: MattermostClient): Promise<HostIdentity> {
  const { diagnosticId } = await client.serverFacts()
  return {
    machine: await machine(),
    mattermost: diagnosticId === '' ? undefined : diagnosticId,
    links: links.isThere,
  }
}

async function troubleOf(
  { links, credentials }: HostParts,
  host: PeopleState['host'],
  seen: HostIdentity,
): Promise<Waiting | undefined> {
  const differences = hostDifferences(host, seen)
  if (differences.length === 0) return undefined
  if (areLinksLost(host, seen)) return { reason: differences.join('; '), hint: LOST_HINT }
  if (links.all().length === 0 && (await credentials.count()) === 0) return undefined
  return {
    reason: `restored or cloned? ${differences.join('; ')}`,
    hint:
      'look at teamchat users list and teamchat users plan, then teamchat users accept-host; ' +
      'on a copy that shall change nobody: teamchat config setprop mattermost UserSync off',
  }
}
