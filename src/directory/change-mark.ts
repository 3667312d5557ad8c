/** Where a directory stood at one moment: whoever keeps one can ask later what has changed since. */
export type ChangeMark =
  /** OpenLDAP: the values of contextCSN, one for each server that has ever written (by its SID), in byte order. */
  | { kind: 'csn'; values: readonly string[] }
  /**
   * Active Directory: highestCommittedUSN of one domain controller, which counts for itself alone. `server` is its
   * invocationId (a restored database has another one), `url` how it was reached.
   */
  | { kind: 'usn'; server: string; url: string; usn: bigint }

/** A look at the counter; `none`: this server has none, or does not show it, and why. */
export type CounterReading = ChangeMark | { kind: 'none'; reason: string }

/**
 * What lies between two marks: `same` nothing; `moved` changes, which can be asked for; `other` they do not belong to
 * one history (another domain controller, a restored database, a new SID), so that only reading everybody helps.
 */
export type MarkChange = 'same' | 'moved' | 'other'

/** Time, count, SID and modification of a change sequence number: as text they sort by time. */
const csnForm = /^\d{14}\.\d{6}Z#[0-9a-f]{6}#([0-9a-f]{3})#[0-9a-f]{6}$/

/** Compares an earlier mark with a later one. */
export function compareMarks(before: ChangeMark, now: ChangeMark): MarkChange {
  if (before.kind === 'usn' && now.kind === 'usn') {
    if (before.server !== now.server || now.usn < before.usn) return 'other'
    return now.usn === before.usn ? 'same' : 'moved'
  }
  if (before.kind === 'csn' && now.kind === 'csn') {
    if (before.values.join() === now.values.join()) return 'same'
    return movedCsns(before.values, now.values) === undefined ? 'other' : 'moved'
  }
  return 'other'
}

/**
 * The CSN from which on to look for changes: the oldest one of the servers that have written since. Each server
 * counts for itself, since a change of another one may arrive late, with an older time. undefined: it cannot be told.
 */
export function changedFrom(before: readonly string[], now: readonly string[]): string | undefined {
  return movedCsns(before, now)?.toSorted()[0]
}

/** The earlier CSNs of the SIDs that have moved on; undefined where one is new, has gone, or went back. */
function movedCsns(before: readonly string[], now: readonly string[]): string[] | undefined {
  const [earlier, later] = [bySid(before), bySid(now)]
  if (earlier === undefined || later === undefined || earlier.size !== later.size) return undefined
  const moved: string[] = []
  for (const [sid, csn] of later) {
    const old = earlier.get(sid)
    if (old === undefined || csn < old) return undefined
    if (csn > old) moved.push(old)
  }
  return moved
}

/** undefined where a value is no CSN, or two have one SID. */
function bySid(values: readonly string[]): Map<string, string> | undefined {
  const found = new Map<string, string>()
  for (const value of values) {
    const sid = csnForm.exec(value)?.[1]
    if (sid === undefined || found.has(sid)) return undefined
    found.set(sid, value)
  }
  return found
}
