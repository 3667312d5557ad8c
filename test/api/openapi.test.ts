import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { contract } from '../../src/api/contract.js'
import { openApiDocument } from '../../src/api/openapi.js'

interface Described {
  openapi: string
  info: { version: string }
  paths: Record<string, Record<string, { operationId: string; parameters?: { name: string; in: string }[] }>>
}

const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as Described

t.test('the document is valid OpenAPI 3.1', async t => {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)))
  t.ok(result.valid, JSON.stringify(result.errors)?.slice(0, 500))
  t.match(document, { openapi: '3.1.0', info: { version: '1.2.3' } })
})

t.test('a document that is not valid is noticed', async t => {
  const result = await new Validator().validate({ ...JSON.parse(JSON.stringify(document)), paths: [] })
  t.notOk(result.valid)
})

t.test('every operation of the contract is described once, with its method', async t => {
  const found = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method} ${path}`),
  )
  const wanted = Object.entries(contract).map(
    ([name, { method, path }]) => `${name} ${method.toLowerCase()} ${path.replace(':id', '{id}')}`,
  )
  t.same(found.sort(), wanted.sort())
})

t.test('members of a GET stand in the path and the query', async t => {
  const { parameters } = document.paths['/v1/events/{id}']?.get ?? {}
  t.match(parameters, [
    { name: 'id', in: 'path', required: true },
    { name: 'wait', in: 'query', required: false },
  ])
})
