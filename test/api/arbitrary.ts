import fc from 'fast-check'
import { z } from 'zod'

interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  propertyNames?: Schema
  additionalProperties?: Schema | boolean
}

/** Values that a schema accepts, as JSON carries them: absent members are absent. */
export function arbitraryOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  return ofSchema(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Schema)
}

function ofSchema(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const options = schema.anyOf ?? schema.oneOf
  if (options !== undefined) return fc.oneof(...options.map(ofSchema))
  switch (schema.type) {
    case 'object':
      return ofObject(schema)
    case 'array':
      return fc.array(ofSchema(schema.items ?? {}), { maxLength: 3 })
    case 'number':
    case 'integer':
      return fc.integer({ min: 0, max: 1_000_000 })
    case 'boolean':
      return fc.boolean()
    default:
      return fc.string({ unit: 'grapheme' })
  }
}

function ofObject({ properties = {}, required = [], propertyNames, additionalProperties }: Schema) {
  if (propertyNames?.enum !== undefined && typeof additionalProperties === 'object') {
    const member = ofSchema(additionalProperties)
    return fc.record(Object.fromEntries(propertyNames.enum.map(name => [String(name), member])))
  }
  const members = Object.fromEntries(Object.entries(properties).map(([name, type]) => [name, ofSchema(type)]))
  return fc.record(members, { requiredKeys: required })
}
