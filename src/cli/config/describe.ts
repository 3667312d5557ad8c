import { findKnown, knownProperties } from '../../db/schema.js'
import type { KnownProperty } from '../../db/schema-known.js'
import { type ExitStatus, exitStatus, TeamchatError } from '../../errors.js'
import { didYouMean } from '../did-you-mean.js'
import { wrap } from '../help.js'
import { jsonText } from '../json-output.js'
import { print } from './output.js'
import type { ConfigIo } from './run.js'

/**
 * What teamchatd knows of its properties, from the schema; no value of the DB. Throws `failed` where teamchatd does not
 * know the record or property.
 */
export async function runDescribe(
  { options, operands }: { options: { json: boolean }; operands: Wanted },
  io: ConfigIo,
): Promise<ExitStatus> {
  const found = chosen(operands)
  const text = options.json ? jsonText({ properties: found.map(described) }) : found.map(block).join('\n')
  await print(io.stdout, Buffer.from(text))
  return exitStatus.done
}

interface Wanted {
  key: string | undefined
  property: string | undefined
}

/** A property for machines. */
export interface DescribedProperty {
  record: string
  /** '' is the value of a plain record. */
  property: string
  type: string
  /** As it would stand in the DB, '' for none; words where `computed`. */
  default: string
  /** The default depends on other values. */
  computed: boolean
  why: string
  check: string
  help: string
  usedBy: string[]
  secret: boolean
}

/** What a property's entry of the schema says. */
export function described(known: KnownProperty): DescribedProperty {
  const { record, property, type, fallback, why, check, help, usedBy, secret } = known
  const computed = fallback.startsWith('<')
  return {
    record,
    property,
    type,
    default: computed ? fallback.slice(1, -1) : fallback,
    computed,
    why,
    check: check.words,
    help,
    usedBy: [...usedBy],
    secret: secret === true,
  }
}

function chosen({ key, property }: Wanted): KnownProperty[] {
  if (key === undefined) return [...knownProperties]
  const ofRecord = knownProperties.filter(known => known.record === key)
  if (ofRecord.length === 0) {
    const records = [...new Set(knownProperties.map(known => known.record))]
    throw new TeamchatError('failed', `cannot describe ${key}: teamchatd knows no such record`, {
      hint: hintOf(key, records),
    })
  }
  if (property === undefined) return ofRecord
  const known = findKnown(key, property)
  if (known !== undefined) return [known]
  throw new TeamchatError('failed', `cannot describe ${key} ${property}: teamchatd knows no such property`, {
    hint: hintOf(
      property,
      ofRecord.map(one => one.property || '(the value itself)'),
    ),
  })
}

function hintOf(word: string, known: string[]): string {
  const near = didYouMean(word, known)
  return `${near === '' ? '' : `${near} `}it knows ${known.join(', ')}; others are the site's own and left alone`
}

function block(known: KnownProperty): string {
  const told = described(known)
  const shown = told.default === '' ? 'none' : told.default
  const rows: [string, string][] = [
    ['meaning', told.help],
    ['default', `${shown}${told.computed ? ' (worked out)' : ''}; ${told.why}`],
    ['allowed', told.check],
    ['used by', told.usedBy.join('; ')],
    ...(told.secret ? [['secret', 'never shown; give it as "-" on standard input'] as [string, string]] : []),
  ]
  const lines = rows.flatMap(([name, text]) =>
    wrap(text, 69).map((line, index) => `  ${(index === 0 ? name : '').padEnd(9)}${line}`),
  )
  return [`${`${told.record} ${told.property}`.trimEnd()} (${told.type})`, ...lines, ''].join('\n')
}
