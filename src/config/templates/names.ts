import {
  absent,
  boolean,
  computed,
  globalShapes,
  join,
  joinAll,
  loopShape,
  memberShape,
  number,
  type Shape,
  shapeOf,
  text,
} from './shapes.js'
import { guardsOf, type Node, nodeOf, parser, pathOf, symbolOf, targetsIn, testName } from './tree.js'

/** The names that may stand in a template. */
export interface GivenNames {
  /** Variables with their values, whose members are known by them. */
  variables: Readonly<Record<string, unknown>>
  filters: ReadonlySet<string>
  tests: ReadonlySet<string>
  /** Variables that exist and may not be used here, with why. */
  withheld?: ReadonlyMap<string, string>
}

/** A name that nobody gives, or a construct that cannot be checked. */
export interface TemplateProblem {
  /** From 1; undefined where the parser does not know. */
  line: number | undefined
  message: string
}

export interface TemplateNames {
  problems: TemplateProblem[]
  /** Variables of those given that the template uses. */
  used: Set<string>
}

/**
 * Checks every name of a template before it is rendered, also in places where nunjucks lets an unknown one pass
 * (conditions, queues, `~`, members): it must be given, or set, or an argument, or the loop's; inside of what an
 * `is defined` guards it may be missing. Members are checked as far as the values are given; members of what is
 * computed are refused. Other templates cannot be included. Pure; nothing is rendered.
 */
export function checkTemplateNames(source: string, given: GivenNames): TemplateNames {
  try {
    const root = parser.parse(source)
    const walk = new Walk(given, targetsIn(root))
    walk.body(root, walk.outer())
    return { problems: walk.problems, used: walk.used }
  } catch (cause) {
    const { name, lineno, message } = cause as { name?: string; lineno?: number; message?: string }
    if (name !== 'Template render error') throw cause
    // Errors count from 1, nodes from 0; without a line it is the end that something is missing at.
    const line = typeof lineno === 'number' ? lineno : source.trimEnd().split('\n').length
    return { problems: [{ line, message: String(message) }], used: new Set() }
  }
}

interface Known {
  shape: Shape
  /** Set outside of every loop and macro: macros see it. */
  top: boolean
}

/** The names that are known at one place of a template; never changed from inside of another scope. */
interface Scope {
  names: Map<string, Known>
  /** Paths such as `a.b` that an `is defined` around this place says are there. */
  guards: ReadonlySet<string>
  top: boolean
}

/** Filters whose result is a text, or a number, whatever they get, and those that give back what they got. */
const TEXT_FILTERS =
  /^(json|apache|capitalize|center|dump|escape|e|forceescape|indent|join|lower|nl2br|replace|string|striptags|title|trim|truncate|upper|urlencode|urlize|safe)$/
const NUMBER_FILTERS = /^(abs|float|int|length|round|sum|wordcount)$/
const SAME_FILTERS = /^(default|d|sort|reverse)$/

/** Expressions whose shape does not depend on their parts. */
const RESULTS: Readonly<Record<string, Shape>> = {
  ...{ Concat: text, In: boolean, Not: boolean, Neg: number, Pos: number, Compare: boolean },
  ...{ Sub: number, Mul: number, Div: number, FloorDiv: number, Mod: number, Pow: number },
}

const REFUSED: Readonly<Record<string, string>> = {
  ...{
    Include: 'include',
    Import: 'import',
    FromImport: 'from … import',
    Extends: 'extends',
    Block: 'block',
  },
  ...{ IfAsync: 'ifAsync', AsyncEach: 'asyncEach', AsyncAll: 'asyncAll' },
}

class Walk {
  readonly problems: TemplateProblem[] = []
  readonly used = new Set<string>()
  readonly #given: GivenNames
  /** Names that a `set` anywhere gives a value: a macro cannot count on which. */
  readonly #setSomewhere: ReadonlySet<string>

  constructor(given: GivenNames, setSomewhere: ReadonlySet<string>) {
    this.#given = given
    this.#setSomewhere = setSomewhere
  }

  outer(): Scope {
    const given = Object.entries(this.#given.variables).map(
      ([name, value]) => [name, shapeOf(value)] as const,
    )
    const names = [...globalShapes, ...given].map(([name, shape]) => [name, { shape, top: true }] as const)
    return { names: new Map(names), guards: new Set(), top: true }
  }

  body(node: Node | null | undefined, scope: Scope): void {
    for (const statement of node?.children ?? []) this.#statement(statement, scope)
  }

  #statement(node: Node, scope: Scope): void {
    switch (node.typename) {
      case 'NodeList':
        this.body(node, scope)
        return
      case 'Output':
        for (const part of node.children ?? []) this.#shape(part, scope)
        return
      case 'If':
        this.#if(node, scope)
        return
      case 'For':
        this.#for(node, scope)
        return
      case 'Set':
        this.#set(node, scope)
        return
      case 'Macro':
        this.#macro(node, scope)
        return
      case 'Switch':
        this.#switch(node, scope)
        return
      default: {
        const construct = REFUSED[node.typename] ?? `"${node.typename}"`
        this.#problem(node, `${construct} cannot be used: a fragment stands for itself`)
      }
    }
  }

  #if(node: Node, scope: Scope): void {
    this.#shape(node.cond, scope)
    const { whenTrue, whenFalse } = guardsOf(node.cond)
    const branches = [branch(scope, whenTrue), branch(scope, whenFalse)] as const
    this.body(node.body, branches[0])
    // `elif` is an If in the place of the rest.
    if (node.else_?.typename === 'If') this.#statement(node.else_, branches[1])
    else this.body(node.else_, branches[1])
    // Afterwards only names that both know are known.
    scope.names.clear()
    for (const [name, one] of branches[0].names) {
      const other = branches[1].names.get(name)
      if (other === undefined) continue
      scope.names.set(name, { shape: join(one.shape, other.shape), top: one.top && other.top })
    }
  }

  #for(node: Node, scope: Scope): void {
    const list = this.#shape(node.arr, scope)
    weaken(scope, targetsIn(node))
    const single = symbolOf(node.name)
    const parts = single === undefined ? (node.name?.children ?? []).map(symbolOf) : []
    const own: [string, Shape][] = [['loop', loopShape]]
    if (single !== undefined) own.push([single, memberShape(list, 0) ?? computed])
    for (const [index, part] of parts.entries()) {
      if (part !== undefined) own.push([part, list.kind === 'members' && index === 0 ? text : computed])
    }
    this.body(node.body, inner(scope, own))
    this.body(node.else_, inner(scope, []))
  }

  #set(node: Node, scope: Scope): void {
    // {% set x %}…{% endset %} has no value: its text lies in the body.
    const shape = this.#shape(nodeOf(node.value) ?? node.body, scope)
    for (const target of node.targets ?? []) {
      const name = symbolOf(target)
      if (name !== undefined) define(scope, name, nodeOf(node.value) === undefined ? text : shape)
    }
  }

  #macro(node: Node, scope: Scope): void {
    const name = symbolOf(node.name)
    const { required, optional, own } = this.#parameters(node.args, scope)
    const inside = inner(this.#later(scope), [...own, ['caller', computed]])
    for (const one of [inside, scope]) {
      if (name !== undefined) define(one, name, { kind: 'macro', required, optional })
    }
    this.body(node.body, inside)
  }

  #switch(node: Node, scope: Scope): void {
    this.#shape(node.expr, scope)
    weaken(scope, targetsIn(node))
    for (const one of node.cases ?? []) {
      this.#shape(one.cond, scope)
      // What a case sets is not counted on afterwards: another one may have been taken.
      this.body(one.body, branch(scope))
    }
    this.body(node.default, branch(scope))
  }

  /** The scope of a macro, which runs later: names outside of loops are there, those that are set may be others. */
  #later(scope: Scope): Scope {
    const names = new Map([...scope.names].filter(([, known]) => known.top))
    const outside = { names, guards: new Set<string>(), top: false }
    weaken(outside, this.#setSomewhere)
    return outside
  }

  #parameters(args: Node | undefined, scope: Scope) {
    const [required, optional]: [string[], string[]] = [[], []]
    for (const argument of args?.children ?? []) {
      const name = symbolOf(argument)
      if (name !== undefined) required.push(name)
      for (const { key, value } of name === undefined ? (argument.children ?? []) : []) {
        this.#shape(nodeOf(value), this.#later(scope))
        optional.push(symbolOf(key) ?? '')
      }
    }
    const own = [...required, ...optional].map((name): [string, Shape] => [name, computed])
    return { required, optional, own }
  }

  /** Checks the names of an expression and tells the shape of its value. */
  #shape(node: Node | null | undefined, scope: Scope): Shape {
    // nunjucks leaves a part out with null.
    if (node === undefined || node === null) return computed
    const { left, right, target, cond } = node
    const result = RESULTS[node.typename]
    if (result !== undefined) {
      const operands = (node.ops ?? []).map(one => one.expr)
      for (const part of [left, right, target, node.expr, ...operands]) this.#shape(part, scope)
      return result
    }
    switch (node.typename) {
      case 'Literal':
      case 'TemplateData':
        return shapeOf(node.value)
      case 'Symbol':
        return this.#symbol(node, scope)
      case 'LookupVal':
        return this.#member(node, scope)
      case 'Filter':
        return this.#filter(node, scope)
      case 'FunCall':
        return this.#call(node, scope)
      case 'Is':
        return this.#test(node, scope)
      case 'And':
      case 'Or': {
        const { whenTrue, whenFalse } = guardsOf(left)
        const then = branch(scope, node.typename === 'And' ? whenTrue : whenFalse)
        return join(this.#shape(left, scope), this.#shape(right, then))
      }
      case 'InlineIf': {
        this.#shape(cond, scope)
        const { whenTrue, whenFalse } = guardsOf(cond)
        const then = this.#shape(node.body, branch(scope, whenTrue))
        return join(then, !node.else_ ? text : this.#shape(node.else_, branch(scope, whenFalse)))
      }
      case 'Add': {
        const kinds = [left, right].map(side => this.#shape(side, scope).kind)
        if (kinds.includes('text')) return text
        return kinds.every(kind => kind === 'number') ? number : computed
      }
      case 'Group':
        return (node.children ?? []).map(one => this.#shape(one, scope)).at(-1) ?? computed
      case 'Array':
        return { kind: 'list', item: joinAll((node.children ?? []).map(one => this.#shape(one, scope))) }
      case 'Dict':
        return this.#dict(node, scope)
      case 'Capture':
      case 'Caller':
        return this.#block(node, scope)
    }
    this.#problem(node, `"${node.typename}" cannot be used here`)
    return computed
  }

  /** Statements inside of an expression: the block of a `call`, a filter or a `set`. */
  #block(node: Node, scope: Scope): Shape {
    weaken(scope, targetsIn(node))
    const own = node.typename === 'Caller' ? this.#parameters(node.args, scope).own : undefined
    this.body(node.body, own === undefined ? branch(scope) : inner(scope, own))
    return text
  }

  #symbol(node: Node, scope: Scope): Shape {
    const name = String(node.value)
    if (Object.hasOwn(this.#given.variables, name)) this.used.add(name)
    const known = scope.names.get(name)
    if (known !== undefined) return known.shape
    if (isGuarded(scope, name)) return absent
    const why = this.#given.withheld?.get(name)
    this.#problem(
      node,
      why === undefined ? `there is no variable ${JSON.stringify(name)}` : `${name} cannot be used: ${why}`,
    )
    return absent
  }

  #member(node: Node, scope: Scope): Shape {
    const shape = this.#shape(node.target, scope)
    const name = node.val?.typename === 'Literal' ? node.val.value : undefined
    if (typeof name !== 'string' && typeof name !== 'number') {
      this.#shape(node.val, scope)
      if (shape.kind === 'list') return shape.item
      if (shape.kind !== 'absent') {
        this.#problem(
          node,
          'a member that is chosen while rendering cannot be checked: name it, or loop over it',
        )
      }
      return absent
    }
    const member = memberShape(shape, name)
    const path = pathOf(node)
    if (member !== undefined) return member
    if (path !== undefined && isGuarded(scope, path)) return absent
    const shown = pathOf(node.target) ?? 'a computed value'
    const isComputed = shape.kind === 'computed' || shape.kind === 'macro'
    this.#problem(
      node,
      isComputed
        ? `the member ${JSON.stringify(name)} of ${shown} cannot be checked: it is computed`
        : `${shown} has no member ${JSON.stringify(name)}`,
    )
    return absent
  }

  #filter(node: Node, scope: Scope): Shape {
    const name = pathOf(node.name) ?? ''
    if (!this.#given.filters.has(name)) this.#problem(node, `there is no filter ${JSON.stringify(name)}`)
    const [first] = this.#arguments(node.args, scope)
    if (TEXT_FILTERS.test(name)) return text
    if (NUMBER_FILTERS.test(name)) return number
    return SAME_FILTERS.test(name) ? (first ?? computed) : computed
  }

  #call(node: Node, scope: Scope): Shape {
    const shape = this.#shape(node.name, scope)
    this.#arguments(node.args, scope)
    if (shape.kind === 'macro') {
      this.#macroCall(node, shape)
      return text
    }
    if (shape.kind !== 'computed' && shape.kind !== 'absent') {
      this.#problem(node, `${pathOf(node.name) ?? 'that'} cannot be called`)
    }
    const members = new Map(['next', 'reset', 'current'].map(name => [name, computed]))
    switch (symbolOf(node.name)) {
      case 'range':
        return { kind: 'list', item: number }
      case 'caller':
        return text
      case 'cycler':
        return { kind: 'members', members }
      default:
        return computed
    }
  }

  /** An argument that a call leaves out would be undefined inside of the macro. */
  #macroCall(node: Node, { required, optional }: Extract<Shape, { kind: 'macro' }>): void {
    const all = node.args?.children ?? []
    const placed = all.filter(one => one.typename !== 'KeywordArgs').length
    const pairs = all.filter(one => one.typename === 'KeywordArgs').flatMap(one => one.children ?? [])
    const named = pairs.map(pair => symbolOf(pair.key) ?? '')
    for (const name of required.slice(placed).filter(one => !named.includes(one))) {
      this.#problem(node, `the macro is called without its argument ${JSON.stringify(name)}`)
    }
    for (const name of named.filter(one => ![...required, ...optional, 'caller'].includes(one))) {
      this.#problem(node, `the macro has no argument ${JSON.stringify(name)}`)
    }
    if (placed > required.length + optional.length) {
      this.#problem(node, 'the macro is called with too many arguments')
    }
  }

  #test(node: Node, scope: Scope): Shape {
    const name = testName(node)
    if (!this.#given.tests.has(name)) this.#problem(node, `there is no test ${JSON.stringify(name)}`)
    if (node.right?.typename === 'FunCall') this.#arguments(node.right.args, scope)
    const path = pathOf(node.left)
    const asks = name === 'defined' || name === 'undefined'
    // Asking whether it is there is what may be done with a name that is not.
    this.#shape(node.left, asks && path !== undefined ? branch(scope, [path]) : scope)
    return boolean
  }

  #arguments(args: Node | undefined, scope: Scope): Shape[] {
    return (args?.children ?? []).map(argument => {
      if (argument.typename !== 'KeywordArgs') return this.#shape(argument, scope)
      for (const pair of argument.children ?? []) this.#shape(nodeOf(pair.value), scope)
      return computed
    })
  }

  #dict(node: Node, scope: Scope): Shape {
    const members = new Map<string, Shape>()
    for (const { key, value } of node.children ?? []) {
      const shape = this.#shape(nodeOf(value), scope)
      if (key?.typename === 'Symbol' || key?.typename === 'Literal') members.set(String(key.value), shape)
      else this.#shape(key, scope)
    }
    return { kind: 'members', members }
  }

  #problem({ lineno }: Node, message: string): void {
    this.problems.push({ line: lineno === undefined ? undefined : lineno + 1, message })
  }
}

/** A branch: sees everything, may set names of its own. */
function branch(scope: Scope, guards: Iterable<string> = []): Scope {
  return { names: new Map(scope.names), guards: new Set([...scope.guards, ...guards]), top: scope.top }
}

/** The inside of a loop, a macro or a call block, whose own names end with it. */
function inner(scope: Scope, own: Iterable<[string, Shape]>): Scope {
  const inside = { ...branch(scope), top: false }
  for (const [name, shape] of own) define(inside, name, shape)
  return inside
}

function define(scope: Scope, name: string, shape: Shape): void {
  scope.names.set(name, { shape, top: scope.top })
}

/** Where it cannot be told which `set` of these names came last: they are there, their members are unknown. */
function weaken(scope: Scope, names: ReadonlySet<string>): void {
  for (const name of names) {
    const known = scope.names.get(name)
    if (known !== undefined) scope.names.set(name, { ...known, shape: computed })
  }
}

function isGuarded({ guards }: Scope, path: string): boolean {
  return [...guards].some(one => one === path || one.startsWith(`${path}.`))
}
