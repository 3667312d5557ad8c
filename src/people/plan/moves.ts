/** Somebody who is to get another value of a kind that only one can have: a username, an e-mail address. */
export interface Move {
  /** The user's id. */
  who: string
  from: string
  to: string
}

/** One request: the value that `who` gets, and whether it is only for a moment. */
export interface Step {
  who: string
  to: string
  temporary: boolean
}

export interface OrderedMoves {
  /** In this order each value is free when somebody gets it. */
  steps: Step[]
  /** Who cannot move, since somebody has the value and stays; by user id. */
  blocked: Map<string, { to: string; holder: string }>
}

/**
 * Brings moves into an order in which no value is ever taken: whoever stands in the way goes first (a chain), and in
 * a circle one steps aside to `aside(who)` and comes back last. Without `aside` a circle is blocked. `holderOf` tells
 * who has a value now. Nobody may wait for somebody who is blocked: they are blocked as well. The order depends on
 * nothing but who and what: moves are looked at by user id.
 */
export function orderMoves(
  moves: Move[],
  holderOf: (value: string) => string | undefined,
  aside?: (who: string) => string,
): OrderedMoves {
  const sorted = [...moves].sort((a, b) => (a.who < b.who ? -1 : 1))
  const blocked = blockedMoves(sorted, holderOf)
  const left = new Map(sorted.filter(move => !blocked.has(move.who)).map(move => [move.who, move]))
  const steps: Step[] = []
  /** Whose old value is free by now. */
  const moved = new Set<string>()
  const isFree = (move: Move) => {
    const holder = holderOf(move.to)
    return holder === undefined || holder === move.who || moved.has(holder)
  }
  while (left.size > 0) {
    const next = [...left.values()].find(isFree)
    if (next !== undefined) {
      steps.push({ who: next.who, to: next.to, temporary: false })
      moved.add(next.who)
      left.delete(next.who)
      continue
    }
    // Only circles are left, and everybody in them has a holder that moves.
    const [first] = [...left.values()].filter(move => !moved.has(move.who))
    if (first === undefined) break
    if (aside === undefined) {
      for (const move of left.values())
        blocked.set(move.who, { to: move.to, holder: holderOf(move.to) ?? '' })
      break
    }
    steps.push({ who: first.who, to: aside(first.who), temporary: true })
    moved.add(first.who)
  }
  return { steps, blocked }
}

/** Two with one aim are blocked both; then everybody whose aim is held by one who stays. */
function blockedMoves(
  moves: Move[],
  holderOf: (value: string) => string | undefined,
): OrderedMoves['blocked'] {
  const blocked: OrderedMoves['blocked'] = new Map()
  const aims = new Map<string, string>()
  for (const { who, to } of moves) {
    const rival = aims.get(to)
    if (rival === undefined) {
      aims.set(to, who)
      continue
    }
    blocked.set(who, { to, holder: rival })
    blocked.set(rival, { to, holder: who })
  }
  const movers = new Set(moves.map(move => move.who))
  for (let before = -1; before !== blocked.size; ) {
    before = blocked.size
    for (const { who, to } of moves) {
      if (blocked.has(who)) continue
      const holder = holderOf(to)
      if (holder === undefined || holder === who) continue
      if (!movers.has(holder) || blocked.has(holder)) blocked.set(who, { to, holder })
    }
  }
  return blocked
}
