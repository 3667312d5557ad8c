import type { SyncReport } from '../../api/contract/people.js'

const COUNTED = [
  'created',
  'adopted',
  'joined',
  'updated',
  'renamed',
  'deactivated',
  'reactivated',
  'skipped',
  'held',
  'refused',
  'failed',
] as const

/** `2 created, 0 adopted, …` */
export function countsText(report: SyncReport): string {
  return COUNTED.map(name => `${report[name]} ${name}`).join(', ')
}

/** The numbers, then the problems and the people who wait. */
export function reportLines(report: SyncReport): string[] {
  return [
    countsText(report),
    ...report.problems.map(problem => `  ${problem}`),
    ...report.waits.map(line => `  waits: ${line}`),
  ]
}
