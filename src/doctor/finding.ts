/** skip: it makes no sense here, and the message says why. */
export type Verdict = 'pass' | 'warn' | 'fail' | 'skip'

/** The result of one look. */
export interface Said {
  verdict: Verdict
  /** What was looked at: a name, a path, a unit. '' where the message says it. */
  subject: string
  message: string
  /** A line to type, or words where no command helps; '' where there is nothing to do. Never a secret. */
  remedy: string
}

/** One line of the report. */
export interface Finding extends Said {
  /** `dns`, `certificate` … */
  check: string
}

/** Verdict of the whole: that of the worst line; a skipped one counts for nothing. */
export interface DoctorReport {
  worst: 'pass' | 'warn' | 'fail'
  findings: Finding[]
}

export function pass(subject: string, message: string): Said {
  return { verdict: 'pass', subject, message, remedy: '' }
}

export function warn(subject: string, message: string, remedy: string): Said {
  return { verdict: 'warn', subject, message, remedy }
}

export function fail(subject: string, message: string, remedy: string): Said {
  return { verdict: 'fail', subject, message, remedy }
}

export function skip(reason: string): Said {
  return { verdict: 'skip', subject: '', message: reason, remedy: '' }
}

/** The worst of all lines. */
export function worstOf(findings: readonly Said[]): DoctorReport['worst'] {
  if (findings.some(finding => finding.verdict === 'fail')) return 'fail'
  return findings.some(finding => finding.verdict === 'warn') ? 'warn' : 'pass'
}

/** A word as a shell takes it, for lines to type. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
