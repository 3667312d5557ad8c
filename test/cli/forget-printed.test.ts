import t from 'tap'
import { ForgetPrinted } from '../../src/cli/forget-printed.js'

t.test('what is printed within a moment is forgotten together; at the end at once', async t => {
  const requests: string[][] = []
  let answered: () => void = () => undefined
  const printed = new ForgetPrinted(ids => {
    requests.push(ids)
    return new Promise(resolve => {
      answered = () => resolve(undefined)
    })
  })
  for (const id of ['a', 'b', 'c']) printed.add(id)
  t.same(requests, [])
  while (requests.length === 0) await new Promise(resolve => setImmediate(resolve))
  t.same(requests, [['a', 'b', 'c']])
  printed.add('d')
  const end = printed.end()
  t.equal(requests.length, 1, 'one under way at a time')
  answered()
  while (requests.length === 1) await new Promise(resolve => setImmediate(resolve))
  t.same(requests[1], ['d'])
  answered()
  await end
})

t.test('a request that fails ends it, and nobody is told', async t => {
  let requests = 0
  const printed = new ForgetPrinted(async () => {
    requests += 1
    throw new Error('the daemon has gone')
  })
  printed.add('a')
  await t.resolves(printed.end())
  t.equal(requests, 1)
})
