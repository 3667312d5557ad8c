import nunjucks from 'nunjucks'

/** A node of nunjucks' own syntax tree, with the fields of all kinds; a field that the kind does not have is absent. */
export interface Node
  extends Partial<Record<'left' | 'right' | 'target' | 'val' | 'cond' | 'body' | 'else_', Node | null>> {
  typename: string
  lineno?: number
  /** Of a Literal, a Symbol and a TemplateData; a node in a Pair and a Set. */
  value?: unknown
  children?: Node[]
  targets?: Node[]
  cases?: Node[]
  ops?: Node[]
  name?: Node
  args?: Node
  arr?: Node
  expr?: Node
  key?: Node
  default?: Node
}

// The types know the parser as an inner matter.
export const { parser } = nunjucks as typeof nunjucks & { parser: { parse(text: string): Node } }

/** The paths that a condition says are there where it holds, and where it does not. */
export function guardsOf(condition: Node | null | undefined): { whenTrue: string[]; whenFalse: string[] } {
  const path = condition?.typename === 'Is' ? pathOf(condition.left) : undefined
  if (condition && path !== undefined) {
    const test = testName(condition)
    return { whenTrue: test === 'defined' ? [path] : [], whenFalse: test === 'undefined' ? [path] : [] }
  }
  const [left, right] = [condition?.left, condition?.right]
  switch (condition?.typename) {
    case 'Not': {
      const { whenTrue, whenFalse } = guardsOf(condition.target)
      return { whenTrue: whenFalse, whenFalse: whenTrue }
    }
    case 'And':
      return { whenTrue: [...guardsOf(left).whenTrue, ...guardsOf(right).whenTrue], whenFalse: [] }
    case 'Or':
      return { whenTrue: [], whenFalse: [...guardsOf(left).whenFalse, ...guardsOf(right).whenFalse] }
    case 'Group':
      if (condition.children?.length === 1) return guardsOf(condition.children[0])
  }
  return { whenTrue: [], whenFalse: [] }
}

/** `a.b.c` of plain names; undefined for anything computed. */
export function pathOf(node: Node | null | undefined): string | undefined {
  if (node?.typename !== 'LookupVal') return symbolOf(node)
  const target = pathOf(node.target)
  const name = node.val?.typename === 'Literal' ? node.val.value : undefined
  return target === undefined || typeof name !== 'string' ? undefined : `${target}.${name}`
}

/** The name of the test of `x is test` and `x is test(…)`. */
export function testName({ right }: Node): string {
  return symbolOf(right) ?? symbolOf(right?.name) ?? String(right?.value)
}

/** The name of a Symbol; undefined for every other node. */
export function symbolOf(node: Node | null | undefined): string | undefined {
  return node?.typename === 'Symbol' && typeof node.value === 'string' ? node.value : undefined
}

export function nodeOf(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && 'typename' in value ? (value as Node) : undefined
}

/** Every name that a `set` in this part of the tree gives a value. */
export function targetsIn(node: Node): Set<string> {
  const own = node.typename === 'Set' ? (node.targets ?? []).map(target => symbolOf(target) ?? '') : []
  const below = Object.values(node)
    .flat()
    .map(nodeOf)
    .flatMap(one => (one === undefined ? [] : [...targetsIn(one)]))
  return new Set([...own, ...below])
}
