import { z } from 'zod'
import { contract } from './contract.js'
import type { Operation } from './operation.js'
import { SCHEMA_VERSION } from './schema-version.js'

const JSON_TYPE = 'application/json'

/** The API as an OpenAPI 3.1 document; `version` is the package's. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, operation] of Object.entries(contract) as [string, Operation][]) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(name, operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'teamchatd',
      version,
      description:
        'The API of the daemon, on the Unix socket /run/teamchatd/api.sock, which root alone can open.',
      license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
    },
    servers: [{ url: 'http://localhost', description: 'by the Unix socket /run/teamchatd/api.sock' }],
    paths,
    components: { schemas: { Error: errorSchema() } },
  }
}

function described(name: string, operation: Operation): object {
  const { method, summary, input, output, line } = operation
  const answer = line === undefined ? { [JSON_TYPE]: { schema: versioned(output) } } : streamed(line, output)
  return {
    operationId: name,
    summary,
    ...(method === 'GET' ? { parameters: parametersOf(operation) } : bodyOf(input)),
    responses: {
      200: { description: 'The answer.', content: answer },
      default: {
        description: 'What went wrong, and what to do.',
        content: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function parametersOf({ path, input }: Operation): object[] {
  const schema = input === undefined ? {} : jsonSchema(input, 'input')
  const required = (schema.required ?? []) as string[]
  return Object.entries((schema.properties ?? {}) as Record<string, object>).map(([name, type]) => {
    const isInPath = path.split('/').includes(`:${name}`)
    return {
      name,
      in: isInPath ? 'path' : 'query',
      required: isInPath || required.includes(name),
      schema: type,
    }
  })
}

function bodyOf(input: Operation['input']): object {
  if (input === undefined) return {}
  return { requestBody: { required: true, content: { [JSON_TYPE]: { schema: jsonSchema(input, 'input') } } } }
}

function streamed(line: z.ZodType, output: z.ZodType): object {
  const one = (name: string, schema: object) => ({
    type: 'object',
    properties: { [name]: schema },
    required: [name],
  })
  const last = [one('report', jsonSchema(output, 'output')), { $ref: '#/components/schemas/Error' }]
  return { 'application/x-ndjson': { schema: { anyOf: [one('line', jsonSchema(line, 'output')), ...last] } } }
}

/** The output with the version that each answer carries. */
function versioned(output: z.ZodObject): object {
  return jsonSchema(z.object({ schemaVersion: z.literal(SCHEMA_VERSION), ...output.shape }), 'output')
}

function errorSchema(): object {
  const error = z.object({ code: z.string(), message: z.string(), hint: z.string() })
  return jsonSchema(z.object({ schemaVersion: z.literal(SCHEMA_VERSION), error }), 'output')
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
