import { type Decision, type Skip, skip } from './decision.js'

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
