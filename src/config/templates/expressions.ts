import { guardsOf, lineOf, pathOf, testName } from './guards.js'
import { literalOf, nodeIn, nodesIn, symbolName, type TemplateNode } from './nodes.js'
import { branchOf, lookUp, type Scope } from './scope.js'
import {
  absent,
  boolean,
  computed,
  join,
  joinAll,
  memberShape,
  number,
  type Shape,
  shapeOf,
  text,
} from './shapes.js'

/** What a walk collects, and the names that stand outside of every scope. */
export interface Findings {
  problems: { line: number | undefined; message: string }[]
  used: Set<string>
  /** Variables that are given, for `used`. */
  given: Set<string>
  /** Names that are known and may not be used here, with why. */
  withheld: ReadonlyMap<string, string>
  filters: ReadonlySet<string>
  tests: ReadonlySet<string>
  /** Names that a `set` anywhere gives a value: a macro cannot count on which. */
  setSomewhere: ReadonlySet<string>
}

/** A walk through expressions; `body` checks statements that stand inside of one (a call's block, a filter's). */
export interface Walk extends Findings {
  body(node: TemplateNode, scope: Scope): void
}

/** Filters whose result is a text, whatever they get. */
const TEXT_FILTERS = new Set(
  'json apache capitalize center dump escape e forceescape indent join lower nl2br replace string striptags title trim truncate upper urlencode urlize safe'.split(
    ' ',
  ),
)
const NUMBER_FILTERS = new Set(['abs', 'float', 'int', 'length', 'round', 'sum', 'wordcount'])

/** Checks the names of an expression and says what shape its value has. */
export function checkExpression(node: TemplateNode | undefined, scope: Scope, walk: Walk): Shape {
  if (node === undefined) return computed
  switch (node.typename) {
    case 'Literal':
    case 'TemplateData':
      return shapeOf(literalOf(node))
    case 'Symbol':
      return checkSymbol(node, scope, walk)
    case 'LookupVal':
      return checkMember(node, scope, walk)
    case 'Filter':
      return checkFilter(node, scope, walk)
    case 'FunCall':
      return checkCall(node, scope, walk)
    case 'Is':
      return checkTest(node, scope, walk)
    case 'And':
    case 'Or': {
      const left = checkExpression(nodeIn(node, 'left'), scope, walk)
      const guards = guardsOf(nodeIn(node, 'left'))
      const inputs = branchOf(scope, node.typename === 'And' ? guards.whenTrue : guards.whenFalse)
      return join(left, checkExpression(nodeIn(node, 'right'), inputs, walk))
    }
    case 'InlineIf': {
      const condition = nodeIn(node, 'cond')
      checkExpression(condition, scope, walk)
      const guards = guardsOf(condition)
      const then = checkExpression(nodeIn(node, 'body'), branchOf(scope, guards.whenTrue), walk)
      const rest = nodeIn(node, 'else_')
      if (rest === undefined) return join(then, text)
      return join(then, checkExpression(rest, branchOf(scope, guards.whenFalse), walk))
    }
    case 'Add': {
      const sides = [checkSide(node, 'left', scope, walk), checkSide(node, 'right', scope, walk)]
      if (sides.some(side => side.kind === 'text')) return text
      return sides.every(side => side.kind === 'number') ? number : computed
    }
    case 'Concat':
      checkSides(node, scope, walk)
      return text
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'FloorDiv':
    case 'Mod':
    case 'Pow':
      checkSides(node, scope, walk)
      return number
    case 'In':
      checkSides(node, scope, walk)
      return boolean
    case 'Compare':
      checkExpression(nodeIn(node, 'expr'), scope, walk)
      for (const operand of nodesIn(node, 'ops')) checkExpression(nodeIn(operand, 'expr'), scope, walk)
      return boolean
    case 'Not':
      checkExpression(nodeIn(node, 'target'), scope, walk)
      return boolean
    case 'Neg':
    case 'Pos':
      checkExpression(nodeIn(node, 'target'), scope, walk)
      return number
    case 'Group':
      return (
        nodesIn(node, 'children')
          .map(inner => checkExpression(inner, scope, walk))
          .at(-1) ?? computed
      )
    case 'Array':
      return {
        kind: 'list',
        item: joinAll(nodesIn(node, 'children').map(one => checkExpression(one, scope, walk))),
      }
    case 'Dict':
      return checkDict(node, scope, walk)
    case 'Capture':
    case 'Caller':
      walk.body(node, scope)
      return text
  }
  walk.problems.push({ line: lineOf(node), message: `"${node.typename}" cannot be used here` })
  return computed
}

function checkSymbol(node: TemplateNode, scope: Scope, walk: Walk): Shape {
  const name = String(literalOf(node))
  if (walk.given.has(name)) walk.used.add(name)
  const shape = lookUp(scope, name)
  if (shape !== undefined) return shape
  const why = walk.withheld.get(name)
  const message =
    why === undefined ? `there is no variable ${JSON.stringify(name)}` : `${name} cannot be used: ${why}`
  walk.problems.push({ line: lineOf(node), message })
  return absent
}

function checkMember(node: TemplateNode, scope: Scope, walk: Walk): Shape {
  const [target, key] = [nodeIn(node, 'target'), nodeIn(node, 'val')]
  const shape = checkExpression(target, scope, walk)
  const name = key?.typename === 'Literal' ? literalOf(key) : undefined
  if (typeof name !== 'string' && typeof name !== 'number') {
    checkExpression(key, scope, walk)
    if (shape.kind === 'list') return shape.item
    if (shape.kind === 'absent') return absent
    walk.problems.push({
      line: lineOf(node),
      message: 'a member that is chosen while rendering cannot be checked: name it, or loop over it',
    })
    return absent
  }
  const member = memberShape(shape, name)
  if (member !== undefined) return member
  const path = pathOf(node)
  if (path !== undefined && [...scope.guards].some(one => one === path || one.startsWith(`${path}.`)))
    return absent
  const shown = pathOf(target) ?? 'a computed value'
  walk.problems.push({
    line: lineOf(node),
    message:
      shape.kind === 'computed' || shape.kind === 'macro'
        ? `the member ${JSON.stringify(name)} of ${shown} cannot be checked: it is computed`
        : `${shown} has no member ${JSON.stringify(name)}`,
  })
  return absent
}

function checkFilter(node: TemplateNode, scope: Scope, walk: Walk): Shape {
  const name = filterName(nodeIn(node, 'name'))
  if (!walk.filters.has(name)) {
    walk.problems.push({ line: lineOf(node), message: `there is no filter ${JSON.stringify(name)}` })
  }
  const [first] = checkArguments(nodeIn(node, 'args'), scope, walk)
  if (TEXT_FILTERS.has(name)) return text
  if (NUMBER_FILTERS.has(name)) return number
  if (name === 'default' || name === 'd' || name === 'sort' || name === 'reverse') return first ?? computed
  return computed
}

function checkCall(node: TemplateNode, scope: Scope, walk: Walk): Shape {
  const target = nodeIn(node, 'name')
  const shape = checkExpression(target, scope, walk)
  const args = nodeIn(node, 'args')
  checkArguments(args, scope, walk)
  if (shape.kind === 'macro') {
    checkMacroArguments(node, args, shape, walk)
    return text
  }
  if (shape.kind !== 'computed' && shape.kind !== 'absent') {
    walk.problems.push({ line: lineOf(node), message: `${pathOf(target) ?? 'that'} cannot be called` })
  }
  const name = symbolName(target)
  if (name === 'range') return { kind: 'list', item: number }
  if (name === 'caller' || name === 'joiner') return name === 'caller' ? text : computed
  if (name === 'cycler') {
    return { kind: 'members', members: new Map(['next', 'reset', 'current'].map(one => [one, computed])) }
  }
  return computed
}

/** An argument that a call leaves out would be undefined inside of the macro. */
function checkMacroArguments(
  node: TemplateNode,
  args: TemplateNode | undefined,
  macro: Extract<Shape, { kind: 'macro' }>,
  walk: Walk,
): void {
  const all = nodesIn(args, 'children')
  const named = all
    .filter(one => one.typename === 'KeywordArgs')
    .flatMap(one => nodesIn(one, 'children'))
    .map(pair => symbolName(nodeIn(pair, 'key')) ?? '')
  const placed = all.filter(one => one.typename !== 'KeywordArgs').length
  const problem = (message: string) => walk.problems.push({ line: lineOf(node), message })
  for (const name of macro.required.slice(placed)) {
    if (!named.includes(name)) problem(`the macro is called without its argument ${JSON.stringify(name)}`)
  }
  const known = new Set([...macro.required, ...macro.optional, 'caller'])
  for (const name of named) {
    if (!known.has(name)) problem(`the macro has no argument ${JSON.stringify(name)}`)
  }
  if (placed > macro.required.length + macro.optional.length)
    problem('the macro is called with too many arguments')
}

function checkTest(node: TemplateNode, scope: Scope, walk: Walk): Shape {
  const name = testName(node)
  if (!walk.tests.has(name)) {
    walk.problems.push({ line: lineOf(node), message: `there is no test ${JSON.stringify(name)}` })
  }
  const right = nodeIn(node, 'right')
  if (right?.typename === 'FunCall') checkArguments(nodeIn(right, 'args'), scope, walk)
  const left = nodeIn(node, 'left')
  const path = pathOf(left)
  const asks = name === 'defined' || name === 'undefined'
  // Asking whether it is there is what may be done with a name that is not.
  checkExpression(left, asks && path !== undefined ? branchOf(scope, [path]) : scope, walk)
  return boolean
}

function checkArguments(args: TemplateNode | undefined, scope: Scope, walk: Walk): Shape[] {
  return nodesIn(args, 'children').map(argument => {
    if (argument.typename !== 'KeywordArgs') return checkExpression(argument, scope, walk)
    for (const pair of nodesIn(argument, 'children')) checkExpression(nodeIn(pair, 'value'), scope, walk)
    return computed
  })
}

function checkDict(node: TemplateNode, scope: Scope, walk: Walk): Shape {
  const members = new Map<string, Shape>()
  for (const pair of nodesIn(node, 'children')) {
    const key = nodeIn(pair, 'key')
    const shape = checkExpression(nodeIn(pair, 'value'), scope, walk)
    if (key?.typename === 'Symbol' || key?.typename === 'Literal') members.set(String(literalOf(key)), shape)
    else checkExpression(key, scope, walk)
  }
  return { kind: 'members', members }
}

function checkSides(node: TemplateNode, scope: Scope, walk: Walk): void {
  checkSide(node, 'left', scope, walk)
  checkSide(node, 'right', scope, walk)
}

function checkSide(node: TemplateNode, side: 'left' | 'right', scope: Scope, walk: Walk): Shape {
  return checkExpression(nodeIn(node, side), scope, walk)
}

function filterName(node: TemplateNode | undefined): string {
  return symbolName(node) ?? pathOf(node) ?? ''
}
