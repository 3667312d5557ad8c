import { TeamchatError } from '../errors.js'

/** The number of a generation as it was typed. Throws `usage`. */
export function generationNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new TeamchatError('usage', `cannot understand ${JSON.stringify(text)} as a generation`, {
    hint: 'give its number: teamchat history lists them',
  })
}
