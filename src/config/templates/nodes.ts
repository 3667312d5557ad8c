import nunjucks from 'nunjucks'

/** A node of nunjucks' own syntax tree; which fields it has depends on its type. */
export interface TemplateNode {
  readonly typename: string
  readonly lineno?: number
  readonly [field: string]: unknown
}

/** A template that cannot be parsed; `line` counts from 1. */
export class TemplateSyntaxError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.name = 'TemplateSyntaxError'
    this.line = line
  }
}

// The types know the parser as an inner matter; what it returns is read field by field below.
const { parser } = nunjucks as unknown as { parser: { parse(text: string): unknown } }

/** The syntax tree of a template, with nunjucks' own parser. Throws a TemplateSyntaxError. */
export function parseTemplate(text: string): TemplateNode {
  let root: unknown
  try {
    root = parser.parse(text)
  } catch (cause) {
    const { lineno, message } = cause as { lineno?: unknown; message?: unknown }
    // Errors count from 1, nodes from 0; without a line it is the end that something is missing at.
    const line = typeof lineno === 'number' ? lineno : text.trimEnd().split('\n').length
    throw new TemplateSyntaxError(line, String(message))
  }
  if (!isNode(root)) throw new TemplateSyntaxError(1, 'it cannot be parsed')
  return root
}

/** The node in a field; undefined where the field is empty. */
export function nodeIn(node: TemplateNode, field: string): TemplateNode | undefined {
  const value = node[field]
  return isNode(value) ? value : undefined
}

/** The nodes of a field that holds a list. */
export function nodesIn(node: TemplateNode | undefined, field: string): TemplateNode[] {
  const value = node?.[field]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** What a Symbol or a Literal holds. */
export function literalOf(node: TemplateNode | undefined): unknown {
  return node?.value
}

/** The name of a Symbol; undefined for every other node. */
export function symbolName(node: TemplateNode | undefined): string | undefined {
  if (node?.typename !== 'Symbol') return undefined
  return typeof node.value === 'string' ? node.value : undefined
}

/** Every name that a `set` in this part of the tree gives a value. */
export function setTargets(node: TemplateNode): Set<string> {
  const names = new Set<string>()
  for (const inner of Object.values(node).flat()) {
    if (isNode(inner)) for (const name of setTargets(inner)) names.add(name)
  }
  if (node.typename === 'Set') {
    for (const target of nodesIn(node, 'targets')) names.add(symbolName(target) ?? '')
  }
  return names
}

function isNode(value: unknown): value is TemplateNode {
  return (
    typeof value === 'object' && value !== null && 'typename' in value && typeof value.typename === 'string'
  )
}
