import type { DoctorReport, Finding, Verdict } from '../../doctor/finding.js'
import { type Io, painter } from '../io.js'

const COLOURS = { pass: 'green', warn: 'yellow', fail: 'red', skip: 'dim' } as const
/** Columns between which a text reads well. */
const WIDTHS = { least: 60, most: 110 }

/**
 * One finding a line: verdict, check, subject and result; below it what to type, never broken, so that it can be
 * copied. Messages are broken only on a terminal: grep wants one line.
 */
export function doctorLines(report: DoctorReport, io: Pick<Io, 'stdout' | 'env'>): string[] {
  const paint = painter(io.stdout, io.env)
  const label = Math.max(...report.findings.map(finding => finding.check.length))
  const margin = ' '.repeat(label + 8)
  const columns = io.stdout.isTTY === true ? (io.stdout.columns ?? WIDTHS.most) : undefined
  const room =
    columns === undefined
      ? Number.POSITIVE_INFINITY
      : clamp(columns, WIDTHS.least, WIDTHS.most) - margin.length
  const lines = report.findings.flatMap(finding => {
    const [first = '', ...more] = broken(sentence(finding), room).map(line =>
      finding.verdict === 'skip' ? paint('dim', line) : line,
    )
    return [
      `${paint(COLOURS[finding.verdict], finding.verdict)}  ${finding.check.padEnd(label)}  ${first}`,
      ...more.map(line => `${margin}${line}`),
      ...(finding.remedy === '' ? [] : [`${margin}${paint('bold', `→ ${finding.remedy}`)}`]),
    ]
  })
  return [...lines, '', summary(report, paint)]
}

function sentence({ subject, message }: Finding): string {
  return subject === '' ? message : `${subject}: ${message}`
}

function summary(report: DoctorReport, paint: ReturnType<typeof painter>): string {
  const count = (verdict: Verdict) => report.findings.filter(finding => finding.verdict === verdict).length
  const verdicts = (['fail', 'warn', 'pass', 'skip'] as const).filter(verdict => count(verdict) > 0)
  return verdicts.map(verdict => paint(COLOURS[verdict], `${count(verdict)} ${verdict}`)).join(', ')
}

function broken(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
