import { absent, computed, join, type Shape } from './shapes.js'

interface Known {
  shape: Shape
  /** Set outside of every loop and macro: macros see it. */
  top: boolean
}

/** The names that are known at one place of a template; never changed from inside of another scope. */
export interface Scope {
  names: Map<string, Known>
  /** Paths such as `a.b` that an `is defined` around this place says are there. */
  guards: ReadonlySet<string>
  /** Names that are set here are seen by macros. */
  top: boolean
}

/** The scope of a whole template: what is given to it. */
export function outerScope(given: ReadonlyMap<string, Shape>): Scope {
  const names = new Map([...given].map(([name, shape]) => [name, { shape, top: true }]))
  return { names, guards: new Set(), top: true }
}

/** A branch: sees everything, may set names of its own. */
export function branchOf(scope: Scope, guards: Iterable<string> = []): Scope {
  return { names: new Map(scope.names), guards: new Set([...scope.guards, ...guards]), top: scope.top }
}

/** The inside of a loop or a call block, whose own names end with it. */
export function innerScope(scope: Scope, own: Iterable<[string, Shape]>): Scope {
  const inner = { ...branchOf(scope), top: false }
  for (const [name, shape] of own) setName(inner, name, shape)
  return inner
}

/**
 * The inside of a macro: its arguments, and what stands outside of every loop. It runs later: what is set somewhere may
 * have another value by then.
 */
export function macroScope(
  scope: Scope,
  setSomewhere: ReadonlySet<string>,
  own: Iterable<[string, Shape]>,
): Scope {
  const names = new Map([...scope.names].filter(([, known]) => known.top))
  const outside = { names, guards: new Set<string>(), top: false }
  weaken(outside, setSomewhere)
  return innerScope(outside, own)
}

/** Where it cannot be told which `set` of these names came last: they are there, their members are unknown. */
export function weaken(scope: Scope, names: ReadonlySet<string>): void {
  for (const name of names) {
    const known = scope.names.get(name)
    if (known !== undefined) scope.names.set(name, { ...known, shape: computed })
  }
}

/** Makes a name known from here on. */
export function setName(scope: Scope, name: string, shape: Shape): void {
  scope.names.set(name, { shape, top: scope.top })
}

/** After branches of which one was taken: what all of them know. */
export function afterBranches(scope: Scope, branches: Scope[]): void {
  const [first, ...others] = branches
  if (first === undefined) return
  scope.names.clear()
  for (const [name, known] of first.names) {
    const all = [known, ...others.map(branch => branch.names.get(name))]
    if (all.some(one => one === undefined)) continue
    const shape = all.reduce<Shape>(
      (joined, one) => (one === undefined ? joined : join(joined, one.shape)),
      absent,
    )
    scope.names.set(name, { shape, top: all.every(one => one?.top === true) })
  }
}

/** The shape of a name; undefined where nobody gives it. */
export function lookUp(scope: Scope, name: string): Shape | undefined {
  const known = scope.names.get(name)
  if (known !== undefined) return known.shape
  const guarded = [...scope.guards].some(path => path === name || path.startsWith(`${name}.`))
  return guarded ? absent : undefined
}
