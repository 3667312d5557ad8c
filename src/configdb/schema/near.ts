import { findKnown, knownProperties } from './schema.js'

/** The known record that `key` differs from in capital letters alone. */
export function nearRecord(key: string): string | undefined {
  const known = knownProperties.map(({ record }) => record)
  return known.includes(key) ? undefined : known.find(record => record.toLowerCase() === key.toLowerCase())
}

/**
 * The known property of a known record that an unknown one is most likely meant to be: it differs in capital letters, or
 * by one letter too many, too few, wrong, or changed places. Short names are too near to each other for that.
 */
export function nearProperty(record: string, property: string): string | undefined {
  if (property === '' || findKnown(record, property) !== undefined) return undefined
  const given = property.toLowerCase()
  const names = knownProperties.filter(known => known.record === record).map(known => known.property)
  return (
    names.find(name => name.toLowerCase() === given) ??
    names.find(name => given.length >= LEAST && isOneSlip(name.toLowerCase(), given))
  )
}

const LEAST = 5

function isOneSlip(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one]
  let start = 0
  while (start < short.length && short[start] === long[start]) start += 1
  const [left, right] = [short.slice(start), long.slice(start)]
  if (left.length < right.length) return left === right.slice(1)
  if (left.slice(1) === right.slice(1)) return true
  return left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2)
}
