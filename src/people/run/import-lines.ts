import type { SkipCause } from '../plan/decision.js'
import type { ImportLine } from '../types.js'
import type { PersonResult } from './run.js'

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
