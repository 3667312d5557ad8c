import type { ImportLine } from '../../api/contract/people.js'
import { type Decision, type Skip, type SkipCause, skip } from '../plan/decision.js'
import type { PersonResult } from '../report.js'

/**
 * What the bulk command does of a plan: it creates, links and finishes, and changes nobody who is there. All others
 * are told as skipped; whoever is gone is not in its list.
 */
export function importDecisions(decisions: Decision[]): Decision[] {
  return decisions.flatMap(decision => {
    switch (decision.kind) {
      case 'create':
      case 'adopt':
      case 'join':
      case 'skip':
        return [decision]
      case 'refuse':
        return decision.account === undefined ? [] : [decision]
      case 'hold':
      case 'deactivate':
        return left(decision)
      default: {
        const { account, link, join } = decision
        if (!join || decision.kind === 'reactivate') return left(decision)
        return [{ ...decision, kind: 'join', username: undefined, changes: {}, bots: [], account, link }]
      }
    }
  })
}

function left(decision: Exclude<Decision, Skip>): Decision[] {
  const { account } = decision
  if (account === undefined) return []
  const { reason } = decision
  if (account.locked === true) return [skip('locked', account, reason)]
  if (account.expired) return [skip('expired', account, reason)]
  return [skip(decision.kind === 'reactivate' ? 'deactivated' : 'linked', account, reason)]
}

/**
 * The bulk command's lines for one result. A user that was created but not finished is told as a failure without
 * its password: that one stays in `teamchat users credentials`, where nothing forgets it.
 */
export function importLines(result: PersonResult): ImportLine[] {
  const { login } = result.decision
  switch (result.state) {
    case 'created': {
      const { credential, problem, administrator } = result
      const note: ImportLine[] = administrator
        ? [{ kind: 'note', text: `'${login}' is the administrator of Mattermost now` }]
        : []
      if (problem !== undefined) {
        const reason = `created, but ${problem}; its password: teamchat users credentials ${login}`
        return [{ kind: 'failed', login, reason }, ...note]
      }
      const { password, id: credentialId } = credential
      return [{ kind: 'created', login, password, credentialId, result: 'ok' }, ...note]
    }
    case 'failed':
      return [{ kind: 'failed', login, reason: result.reason }]
    case 'refused':
      if (result.decision.kind === 'refuse' && result.decision.cause !== 'conflict') {
        return [{ kind: 'failed', login, reason: result.decision.reason }]
      }
      return [{ kind: 'existing', login, conflict: result.decision.reason }]
    case 'joined':
      return [
        { kind: 'existing', login, conflict: undefined },
        { kind: 'note', text: `'${login}' was put into the team` },
      ]
    case 'updated':
    case 'renamed':
    case 'reactivated':
    case 'deactivated':
    case 'held':
    case 'adopted':
      return [{ kind: 'existing', login, conflict: undefined }]
    case 'skipped':
      return [skipped(result.decision.kind === 'skip' ? result.decision.cause : 'linked', login)]
  }
}

function skipped(cause: SkipCause, login: string): ImportLine {
  if (cause === 'locked' || cause === 'expired') return { kind: cause, login }
  return { kind: 'existing', login, conflict: undefined }
}

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
