import { type Decision, isWork } from './decision.js'

/** A decision with its place in a run. */
export interface Ordered {
  decision: Decision
  /** Others may be acted on at the same time. */
  alongside: boolean
}

/**
 * The order of acting: deactivations first, since seats are limited; then linked people, those with a new e-mail
 * address in the order in which addresses become free; then everybody else as the plan has them.
 */
export function actingOrder(decisions: Decision[], mailOrder: string[]): Ordered[] {
  const place = new Map(mailOrder.map((id, index) => [id, index]))
  const leaving = decisions.filter(one => one.kind === 'deactivate')
  const mails = decisions
    .filter(isWork)
    .filter(one => one.changes.email !== undefined)
    .sort((a, b) => (place.get(a.user.id) ?? 0) - (place.get(b.user.id) ?? 0))
  const first = new Set<Decision>([...leaving, ...mails])
  const rest = decisions.filter(one => !first.has(one))
  return [
    ...[...leaving, ...mails].map(decision => ({ decision, alongside: false })),
    ...rest.map(decision => ({ decision, alongside: decision.kind === 'create' || isWork(decision) })),
  ]
}
