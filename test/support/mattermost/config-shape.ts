import { type Config, defaultConfig } from './defaults.js'
import { isObject, type Json, type JsonObject } from './json.js'

/** A value of the wrong JSON type; `path` names the member (`EmailSettings.SMTPPort`). */
export class WrongType extends Error {
  constructor(
    readonly path: string,
    found: string,
    wanted: string,
  ) {
    const [section = path] = path.split('.')
    super(`json: cannot unmarshal ${found} into Go struct field ${section}.${path} of type ${wanted}`)
  }
}

/**
 * What a decoder that knows the settings keeps of a document: known members (their case is forgiven) of the
 * right type. Unknown ones and nulls are dropped. Throws WrongType.
 */
export function knownSettings(document: Json): JsonObject {
  if (!isObject(document)) throw new WrongType('Config', typeName(document), 'model.Config')
  return keep(document, defaultConfig(false) as unknown as JsonObject, '')
}

/** Settings that are complete: what the document says, and a fresh server's defaults for the rest. */
export function withDefaults(settings: JsonObject): Config {
  const service = settings.ServiceSettings
  const update = isObject(service) && service.SiteURL !== undefined
  return mergeSettings(defaultConfig(update), settings)
}

/** `base` with the members of `patch` in their places; lists are replaced as a whole. */
export function mergeSettings(base: Config, patch: JsonObject): Config {
  return merge(base as unknown as Json, patch) as unknown as Config
}

function merge(base: Json, patch: Json): Json {
  if (!isObject(base) || !isObject(patch)) return structuredClone(patch)
  const result: JsonObject = structuredClone(base)
  for (const [key, value] of Object.entries(patch)) result[key] = merge(base[key] ?? null, value)
  return result
}

function keep(document: JsonObject, shape: JsonObject, path: string): JsonObject {
  const result: JsonObject = {}
  for (const [key, value] of Object.entries(document)) {
    const name =
      key in shape ? key : Object.keys(shape).find(known => known.toLowerCase() === key.toLowerCase())
    const model = name === undefined ? undefined : shape[name]
    if (name === undefined || model === undefined || value === null) continue
    result[name] = checked(value, model, path === '' ? name : `${path}.${name}`)
  }
  return result
}

function checked(value: Json, model: Json, path: string): Json {
  if (isObject(model)) {
    if (!isObject(value)) throw new WrongType(path, typeName(value), `model.${path.split('.').at(-1)}`)
    return Object.keys(model).length === 0 ? value : keep(value, model, path)
  }
  if (Array.isArray(model)) {
    if (!Array.isArray(value)) throw new WrongType(path, typeName(value), '[]string')
    for (const item of value)
      if (typeof item !== 'string') throw new WrongType(path, typeName(item), 'string')
    return value
  }
  if (typeof value !== typeof model) throw new WrongType(path, typeName(value), goName(model))
  if (typeof value === 'number' && !Number.isInteger(value))
    throw new WrongType(path, `number ${value}`, 'int')
  return value
}

function typeName(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function goName(model: Json): string {
  if (typeof model === 'boolean') return 'bool'
  return typeof model === 'number' ? 'int' : 'string'
}
