import { editDistance } from '../nearest.js'
import { findKnown, knownProperties } from './schema.js'

/** The known record that an unknown one is most likely meant to be: it differs in capital letters or by one slip. */
export function nearRecord(key: string): string | undefined {
  return nearOne(key, new Set(knownProperties.map(({ record }) => record)), LEAST + 1)
}

/** The known property of a known record that an unknown one is most likely meant to be; likewise. */
export function nearProperty(record: string, property: string): string | undefined {
  if (property === '' || findKnown(record, property) !== undefined) return undefined
  const names = knownProperties.filter(known => known.record === record).map(known => known.property)
  return nearOne(property, new Set(names), LEAST)
}

/** Shorter names are too near to each other, and records to those of other packages: `sshd` is not a slip for `sssd`. */
const LEAST = 5

function nearOne(given: string, known: ReadonlySet<string>, least: number): string | undefined {
  if (known.has(given)) return undefined
  const lower = given.toLowerCase()
  const names = [...known]
  return (
    names.find(name => name.toLowerCase() === lower) ??
    names.find(name => given.length >= least && editDistance(name.toLowerCase(), lower) === 1)
  )
}
