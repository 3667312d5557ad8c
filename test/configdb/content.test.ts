import fc from 'fast-check'
import t from 'tap'
import { parseDb } from '../../src/configdb/codec/codec.js'

const fewBytes = fc.string({ unit: fc.constantFrom('a', 'b', '=', '\n', '#', ' ', '\xe9'), maxLength: 40 })

t.test('shows its records in every way as a plain map of the lines would', async t => {
  fc.assert(
    fc.property(fewBytes, text => {
      const content = parseDb(Buffer.from(text, 'latin1'))
      const map = plainMap(text)
      const visited: [string, string | undefined][] = []
      content.forEach((value, key, whole) => {
        if (whole !== content) throw new Error('visited with another map')
        visited.push([key, value])
      })
      same([...content], [...map])
      same([...content.entries()], [...map])
      same(visited, [...map])
      same([...content.keys()], [...map.keys()])
      same([...content.values()], [...map.values()])
      same(
        [...'ab#', 'aa', ''].map(key => [content.has(key), content.get(key)]),
        [...'ab#', 'aa', ''].map(key => [map.has(key), map.get(key)]),
      )
      same(content.size, map.size)
    }),
  )
  t.pass('all the same')
})

/** By one expression a line, as a second opinion. */
function plainMap(text: string): Map<string, string | undefined> {
  const map = new Map<string, string | undefined>()
  for (const line of text.split('\n')) {
    if (/^[ \t\v\f\r]*(#|$)/.test(line)) continue
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(line) ?? []
    map.set(key, value)
  }
  return map
}

function same(found: unknown, wanted: unknown): void {
  const [one, other] = [found, wanted].map(value => JSON.stringify(value, (_, part) => part ?? 'nothing'))
  if (one !== other) throw new Error(`${one} in place of ${other}`)
}
