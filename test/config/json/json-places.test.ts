import fc from 'fast-check'
import t from 'tap'
import type { Json } from '../../../src/config/json/json.js'
import { type JsonPlace, JsonPlaces } from '../../../src/config/json/json-places.js'

t.test('every value stands where it is said to, whatever the blanks', async t => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.constantFrom(undefined, 3, '\t'),
      fc.constantFrom('', ' \r\n'),
      (json, space, edge) => {
        const value = JSON.parse(json) as Json
        const text = edge + JSON.stringify(value, null, space) + edge
        const places = new JsonPlaces(text)
        check(text, places, places.whole(), value)
      },
    ),
    { numRuns: 500 },
  )
  t.pass()
})

/** Throws where the text at a place, or at one of its members', is another value. */
function check(text: string, places: JsonPlaces, place: JsonPlace, value: Json): void {
  const part = text.slice(place.start, place.end)
  if (part !== part.trim() || JSON.stringify(JSON.parse(part)) !== JSON.stringify(value))
    throw new Error(part)
  const members = places.members(place)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject) {
    if (members !== undefined) throw new Error(`members of ${part}`)
    return
  }
  const names = Object.keys(value)
  if (JSON.stringify(members?.map(({ name }) => name)) !== JSON.stringify(names)) throw new Error(part)
  for (const member of members ?? []) {
    if (text[member.start] !== '"') throw new Error(`the name of ${member.name}`)
    check(text, places, member.value, value[member.name] ?? null)
  }
}

t.test('equal names are all there', async t => {
  const places = new JsonPlaces('{"a": 1, "b\\"}": [{"x": "]"}] ,"a":null}')
  t.same(
    places.members(places.whole())?.map(({ name, value: { start, end } }) => [name, start, end]),
    [
      ['a', 6, 7],
      ['b"}', 17, 29],
      ['a', 35, 39],
    ],
  )
})
