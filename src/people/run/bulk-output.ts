import type { ImportLine } from '../types.js'

/**
 * The text of a line of `mattermost-bulk-user-create`, to the letter of the manual; scripts read it. undefined for
 * what has no text of its own (progress). A failure never shows a password.
 */
export function importLineText(line: ImportLine): string | undefined {
  switch (line.kind) {
    case 'team':
      return `Creating default team: ${line.name} (${line.displayName}) ... ${resultText(line.result)}`
    case 'locked':
      return `Skipping locked user: '${line.login}'`
    case 'expired':
      return `Skipping expired user: '${line.login}'`
    case 'existing':
      return `Skipping existing user: '${line.login}'`
    case 'created':
      return line.result === 'ok'
        ? `Creating user: '${line.login}' with password '${line.password}' ... OK`
        : `Creating user: '${line.login}' ... ${resultText(line.result)}`
    case 'failed':
      return `Creating user: '${line.login}' ... FAILED: ${line.reason}`
    case 'note':
      return line.text
    case 'progress':
      return undefined
  }
}

/** Notes go to standard error: the manual's lines alone are on standard output. */
export function isForError(line: ImportLine): boolean {
  return line.kind === 'note'
}

function resultText(result: 'ok' | { failed: string }): string {
  return result === 'ok' ? 'OK' : `FAILED: ${result.failed}`
}
