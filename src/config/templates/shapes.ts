/** What is known of a value before a template is rendered, as far as its members go. */
export type Shape =
  | { kind: 'text' | 'number' | 'boolean' }
  | { kind: 'list'; item: Shape }
  | { kind: 'members'; members: ReadonlyMap<string, Shape> }
  | { kind: 'macro'; required: string[]; optional: string[] }
  /** Computed: it has a value, whose members nobody can tell beforehand. */
  | { kind: 'computed' }
  /** Not given, and only used where `is defined` says that it is: there any member will do. */
  | { kind: 'absent' }

export const text: Shape = { kind: 'text' }
export const number: Shape = { kind: 'number' }
export const boolean: Shape = { kind: 'boolean' }
export const computed: Shape = { kind: 'computed' }
export const absent: Shape = { kind: 'absent' }

/** The members of `loop` inside a `for`. */
export const loopShape: Shape = {
  kind: 'members',
  members: new Map<string, Shape>([
    ['index', number],
    ['index0', number],
    ['revindex', number],
    ['revindex0', number],
    ['length', number],
    ['first', boolean],
    ['last', boolean],
  ]),
}

/** nunjucks' globals; nothing else that is global in JavaScript is reached. */
export const globalShapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['range', computed],
  ['cycler', computed],
  ['joiner', computed],
])

const PROTOTYPES = {
  text: String.prototype,
  number: Number.prototype,
  boolean: Boolean.prototype,
  list: Array.prototype,
} as const

/** The shape of a value that is given, or that stands in the template itself. */
export function shapeOf(value: unknown): Shape {
  switch (typeof value) {
    case 'string':
      return text
    case 'number':
      return number
    case 'boolean':
      return boolean
  }
  if (Array.isArray(value)) return { kind: 'list', item: joinAll(value.map(shapeOf)) }
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return {
      kind: 'members',
      members: new Map(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)])),
    }
  }
  return computed
}

/** The shape of a member, or undefined where there is none of the name. */
export function memberShape(shape: Shape, name: string | number): Shape | undefined {
  switch (shape.kind) {
    case 'absent':
      return absent
    case 'members':
      return shape.members.get(String(name))
    case 'list':
      return typeof name === 'number' ? shape.item : own(shape.kind, name)
    case 'text':
      return typeof name === 'number' ? text : own(shape.kind, name)
    case 'number':
    case 'boolean':
      return own(shape.kind, name)
    case 'macro':
    case 'computed':
      return undefined
  }
}

/** What is true of both. */
export function join(one: Shape, other: Shape): Shape {
  if (one.kind === 'absent') return other
  if (other.kind === 'absent') return one
  if (one.kind === 'list' && other.kind === 'list') return { kind: 'list', item: join(one.item, other.item) }
  if (one.kind === 'members' && other.kind === 'members') {
    const shared = [...one.members].flatMap(([name, shape]): [string, Shape][] => {
      const second = other.members.get(name)
      return second === undefined ? [] : [[name, join(shape, second)]]
    })
    return { kind: 'members', members: new Map(shared) }
  }
  if (one.kind === 'macro') return computed
  return one.kind === other.kind ? one : computed
}

/** What is true of all; computed where there are none. */
export function joinAll(shapes: Shape[]): Shape {
  const [first, ...others] = shapes
  return first === undefined ? computed : others.reduce(join, first)
}

/** A method or the length of a plain value; what every object has, its constructor above all, is none of a template's. */
function own(kind: keyof typeof PROTOTYPES, name: string | number): Shape | undefined {
  if (name === 'length' && (kind === 'text' || kind === 'list')) return number
  if (name === 'constructor') return undefined
  return Object.hasOwn(PROTOTYPES[kind], name) ? computed : undefined
}
