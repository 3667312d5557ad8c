import { reasonOf } from '../../errors.js'

/** One thing to look at. */
export interface HealthCheck {
  name: string
  /** Why it is not well, as a sentence; undefined where it is. May throw, which is a trouble too. */
  trouble: (signal: AbortSignal) => Promise<string | LastingTrouble | undefined>
}

/** One that no waiting will end: a unit that has failed stays so. */
export interface LastingTrouble {
  lasting: string
}

/** Beyond this a service is as good as down for people, and nobody shall wait longer for a change to begin. */
const LOOK_MS = 3_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1_000

/** Looks at everything at once, 3 s at most. Never throws. */
export function look(checks: readonly HealthCheck[]): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ name, trouble }) => {
      try {
        const found = await within(LOOK_MS, trouble)
        return typeof found === 'object'
          ? { name, trouble: found.lasting, isLasting: true }
          : { name, trouble: found }
      } catch (error) {
        return { name, trouble: `${name}: ${reasonOf(error)}` }
      }
    }),
  )
}

/**
 * Looks again and again until all that `before` found well is well, at most for `timeoutMs`: services need time to
 * start. Not where waiting is in vain. Gives the last look. Never throws.
 */
export async function lookAgain(
  checks: readonly HealthCheck[],
  before: readonly Finding[],
  by: { timeoutMs: number; sleep?: (milliseconds: number) => Promise<void>; now?: () => number },
): Promise<Finding[]> {
  const sleep = by.sleep ?? (milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)))
  const now = by.now ?? (() => performance.now())
  const end = now() + by.timeoutMs
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 1.5)) {
    const after = await look(checks)
    const broken = newlyBroken(before, after)
    if (broken.length === 0 || broken.some(finding => finding.isLasting) || now() >= end) return after
    await sleep(pause)
  }
}

/** Also where whoever is asked does not heed the signal. */
async function within<T>(milliseconds: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds / 1000} s`))
      ended.abort()
    }, milliseconds)
  })
  try {
    return await Promise.race([ask(ended.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The finding of one look at one thing. */
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
 * mend it; what is looked at on one side alone (a service that was stopped on purpose) is not a comparison.
 */
export function newlyBroken(before: readonly Finding[], after: readonly Finding[]): Finding[] {
  return after.filter(({ name, trouble }) => trouble !== undefined && isWell(before, name))
}

function isWell(findings: readonly Finding[], name: string): boolean {
  return findings.some(finding => finding.name === name && finding.trouble === undefined)
}
