import { checkExpression, type Findings, type Walk } from './expressions.js'
import { guardsOf, lineOf } from './guards.js'
import {
  nodeIn,
  nodesIn,
  parseTemplate,
  setTargets,
  symbolName,
  type TemplateNode,
  TemplateSyntaxError,
} from './nodes.js'
import {
  afterBranches,
  branchOf,
  innerScope,
  macroScope,
  outerScope,
  type Scope,
  setName,
  weaken,
} from './scope.js'
import { computed, globalShapes, loopShape, memberShape, type Shape, shapeOf, text } from './shapes.js'

/** What may be named in a template. */
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
  let root: TemplateNode
  try {
    root = parseTemplate(source)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    return { problems: [{ line: error.line, message: error.message }], used: new Set() }
  }
  const found: Findings = {
    problems: [],
    used: new Set(),
    given: new Set(),
    withheld: given.withheld ?? new Map(),
    filters: given.filters,
    tests: given.tests,
    setSomewhere: setTargets(root),
  }
  const shapes = new Map(globalShapes)
  for (const [name, value] of Object.entries(given.variables)) {
    shapes.set(name, shapeOf(value))
    found.given.add(name)
  }
  checkBody(root, outerScope(shapes), found)
  return { problems: found.problems, used: found.used }
}

function checkBody(body: TemplateNode | undefined, scope: Scope, found: Findings): void {
  for (const statement of nodesIn(body, 'children')) checkStatement(statement, scope, found)
}

function checkStatement(node: TemplateNode, scope: Scope, found: Findings): void {
  const check = STATEMENTS[node.typename]
  if (check !== undefined) {
    check(node, scope, found)
    return
  }
  const construct = WORDS[node.typename] ?? `"${node.typename}"`
  found.problems.push({
    line: lineOf(node),
    message: `${construct} cannot be used: a fragment stands for itself`,
  })
}

const STATEMENTS: Record<string, (node: TemplateNode, scope: Scope, found: Findings) => void> = {
  NodeList: checkBody,
  Output: checkOutput,
  If: checkIf,
  For: checkFor,
  Set: checkSet,
  Macro: checkMacro,
  Switch: checkSwitch,
}

const WORDS: Record<string, string> = {
  Include: 'include',
  Import: 'import',
  FromImport: 'from … import',
  Extends: 'extends',
  Block: 'block',
  IfAsync: 'ifAsync',
  AsyncEach: 'asyncEach',
  AsyncAll: 'asyncAll',
}

function checkOutput(node: TemplateNode, scope: Scope, found: Findings): void {
  for (const part of nodesIn(node, 'children')) {
    if (part.typename !== 'TemplateData') checkExpression(part, scope, withBodies(found))
  }
}

function checkIf(node: TemplateNode, scope: Scope, found: Findings): void {
  const condition = nodeIn(node, 'cond')
  checkExpression(condition, scope, withBodies(found))
  const guards = guardsOf(condition)
  const [then, otherwise] = [branchOf(scope, guards.whenTrue), branchOf(scope, guards.whenFalse)]
  checkBody(nodeIn(node, 'body'), then, found)
  const rest = nodeIn(node, 'else_')
  // `elif` is an If in the place of the rest.
  if (rest?.typename === 'If') checkStatement(rest, otherwise, found)
  else checkBody(rest, otherwise, found)
  afterBranches(scope, [then, otherwise])
}

function checkFor(node: TemplateNode, scope: Scope, found: Findings): void {
  const list = checkExpression(nodeIn(node, 'arr'), scope, withBodies(found))
  weaken(scope, setTargets(node))
  const target = nodeIn(node, 'name')
  const name = symbolName(target)
  const own: [string, Shape][] = [['loop', loopShape]]
  if (name !== undefined) own.push([name, memberShape(list, 0) ?? computed])
  else {
    const parts = nodesIn(target, 'children').map(symbolName)
    for (const [index, part] of parts.entries()) {
      if (part === undefined) continue
      own.push([part, list.kind === 'members' && index === 0 ? text : computed])
    }
  }
  checkBody(nodeIn(node, 'body'), innerScope(scope, own), found)
  checkBody(nodeIn(node, 'else_'), innerScope(scope, []), found)
}

function checkSet(node: TemplateNode, scope: Scope, found: Findings): void {
  const value = nodeIn(node, 'value')
  let shape: Shape = text
  if (value === undefined) {
    // {% set x %}…{% endset %}: its text lies in a field that the parser does not list.
    const body = nodeIn(node, 'body')
    if (body !== undefined) checkExpression(body, scope, withBodies(found))
  } else shape = checkExpression(value, scope, withBodies(found))
  for (const target of nodesIn(node, 'targets')) {
    const name = symbolName(target)
    if (name !== undefined) setName(scope, name, shape)
  }
}

function checkMacro(node: TemplateNode, scope: Scope, found: Findings): void {
  const name = symbolName(nodeIn(node, 'name'))
  const { required, optional, own } = argumentsOf(nodeIn(node, 'args'), scope, found)
  const inner = macroScope(scope, found.setSomewhere, [...own, ['caller', computed]])
  const shape: Shape = { kind: 'macro', required, optional }
  if (name !== undefined) setName(inner, name, shape)
  checkBody(nodeIn(node, 'body'), inner, found)
  if (name !== undefined) setName(scope, name, shape)
}

/** The block of a `call`, which sees everything around it. */
function checkCaller(node: TemplateNode, scope: Scope, found: Findings): void {
  const { own } = argumentsOf(nodeIn(node, 'args'), scope, found)
  checkBody(nodeIn(node, 'body'), innerScope(scope, own), found)
}

function checkSwitch(node: TemplateNode, scope: Scope, found: Findings): void {
  checkExpression(nodeIn(node, 'expr'), scope, withBodies(found))
  weaken(scope, setTargets(node))
  for (const one of nodesIn(node, 'cases')) {
    checkExpression(nodeIn(one, 'cond'), scope, withBodies(found))
    // What a case sets is not counted on afterwards: another one may have been taken.
    checkBody(nodeIn(one, 'body'), branchOf(scope), found)
  }
  checkBody(nodeIn(node, 'default'), branchOf(scope), found)
}

function argumentsOf(args: TemplateNode | undefined, scope: Scope, found: Findings) {
  const required: string[] = []
  const optional: string[] = []
  const own: [string, Shape][] = []
  for (const argument of nodesIn(args, 'children')) {
    const name = symbolName(argument)
    if (name !== undefined) {
      required.push(name)
      own.push([name, computed])
      continue
    }
    for (const pair of nodesIn(argument, 'children')) {
      checkExpression(nodeIn(pair, 'value'), macroScope(scope, found.setSomewhere, []), withBodies(found))
      const key = symbolName(nodeIn(pair, 'key'))
      if (key === undefined) continue
      optional.push(key)
      own.push([key, computed])
    }
  }
  return { required, optional, own }
}

function withBodies(found: Findings): Walk {
  return {
    ...found,
    body: (node, scope) => {
      weaken(scope, setTargets(node))
      if (node.typename === 'Caller') checkCaller(node, scope, found)
      else checkBody(nodeIn(node, 'body'), branchOf(scope), found)
    },
  }
}
