import { TeamchatError } from '../errors.js'

const UNITS: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const LONGEST_MS = 365 * 86_400_000

/** `30m`, `2h`, `1d`, `1h30m` in milliseconds; a number needs its unit. Throws `usage`. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)]
  const whole = parts.map(part => part[0]).join('')
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ''] ?? 0), 0)
  if (whole === text && total >= 1000 && total <= LONGEST_MS) return total
  const reason =
    whole !== text || parts.length === 0
      ? 'a duration is a number and its unit, s, m, h, d or w'
      : 'it must be between a second and a year'
  throw new TeamchatError('usage', `cannot understand ${JSON.stringify(text)} as a duration: ${reason}`, {
    hint: 'for example 30m, 2h, 1h30m or 1d',
  })
}
