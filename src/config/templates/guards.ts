import { literalOf, nodeIn, nodesIn, symbolName, type TemplateNode } from './nodes.js'

/** What a condition says is there where it holds, and where it does not. */
export function guardsOf(condition: TemplateNode | undefined): { whenTrue: string[]; whenFalse: string[] } {
  if (condition === undefined) return { whenTrue: [], whenFalse: [] }
  const inner = (field: string) => guardsOf(nodeIn(condition, field))
  switch (condition.typename) {
    case 'Is': {
      const path = pathOf(nodeIn(condition, 'left'))
      const test = testName(condition)
      if (path === undefined) return { whenTrue: [], whenFalse: [] }
      return { whenTrue: test === 'defined' ? [path] : [], whenFalse: test === 'undefined' ? [path] : [] }
    }
    case 'Not': {
      const { whenTrue, whenFalse } = inner('target')
      return { whenTrue: whenFalse, whenFalse: whenTrue }
    }
    case 'And':
      return { whenTrue: [...inner('left').whenTrue, ...inner('right').whenTrue], whenFalse: [] }
    case 'Or':
      return { whenTrue: [], whenFalse: [...inner('left').whenFalse, ...inner('right').whenFalse] }
    case 'Group': {
      const only = nodesIn(condition, 'children')
      return only.length === 1 ? guardsOf(only[0]) : { whenTrue: [], whenFalse: [] }
    }
  }
  return { whenTrue: [], whenFalse: [] }
}

/** `a.b.c` of plain names; undefined for anything computed. */
export function pathOf(node: TemplateNode | undefined): string | undefined {
  if (node?.typename !== 'LookupVal') return symbolName(node)
  const target = pathOf(nodeIn(node, 'target'))
  const key = nodeIn(node, 'val')
  const name = key?.typename === 'Literal' ? literalOf(key) : undefined
  return target === undefined || typeof name !== 'string' ? undefined : `${target}.${name}`
}

/** The name of the test of `x is test` and `x is test(…)`. */
export function testName(node: TemplateNode): string {
  const right = nodeIn(node, 'right')
  return symbolName(right) ?? symbolName(nodeIn(right ?? node, 'name')) ?? String(literalOf(right))
}

/** The line of a node, from 1. */
export function lineOf(node: TemplateNode): number | undefined {
  return node.lineno === undefined ? undefined : node.lineno + 1
}
