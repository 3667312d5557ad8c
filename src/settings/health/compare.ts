/** What one look found of one thing. */
export interface Finding {
  /** The same thing has the same name before and after, whatever its address is meanwhile. */
  name: string
  /** Undefined where it is well, else a sentence: "mattermost.service is failed". */
  trouble: string | undefined
  /** It will not end by itself. */
  isLasting?: boolean
}

/**
 * What was well before and is not any more. What was broken before is not held against the change, which may be there to
 * mend it; what is looked at on one side alone (a service that was stopped on purpose) is no comparison.
 */
export function newlyBroken(before: readonly Finding[], after: readonly Finding[]): Finding[] {
  return after.filter(({ name, trouble }) => trouble !== undefined && isWell(before, name))
}

function isWell(findings: readonly Finding[], name: string): boolean {
  return findings.some(finding => finding.name === name && finding.trouble === undefined)
}
