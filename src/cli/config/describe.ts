import type { KnownProperty } from '../../configdb/schema/known.js'
import { findKnown, knownProperties } from '../../configdb/schema/schema.js'
import { type ExitStatus, exitStatus, TeamchatError } from '../../errors.js'
import { wrap } from '../help.js'
import { checkOperands } from './operands.js'
import { print } from './output.js'
import type { ConfigIo } from './run.js'
import type { DbTarget } from './target.js'

/**
 * `describe [KEY [PROPERTY]] [--json]`: what teamchatd knows of its properties, from the schema; no value of the DB.
 * Throws `usage`, also in another DB than the configuration; `failed` where teamchatd does not know what is named.
 */
export async function runDescribe(
  target: DbTarget,
  words: readonly string[],
  io: ConfigIo,
): Promise<ExitStatus> {
  if (!target.isConfiguration) {
    throw new TeamchatError('usage', 'cannot describe: teamchatd knows the properties of one DB only', {
      hint: 'type: teamchat config describe',
    })
  }
  const operands = words.filter(word => word !== '--json')
  checkOperands(target.program, 'describe', operands)
  const found = chosen(operands)
  const text = words.includes('--json')
    ? `${JSON.stringify(found.map(described), null, 2)}\n`
    : found.map(block).join('\n')
  await print(io.stdout, Buffer.from(text))
  return exitStatus.done
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

function chosen([key, property]: string[]): KnownProperty[] {
  if (key === undefined) return [...knownProperties]
  const ofRecord = knownProperties.filter(known => known.record === key)
  if (ofRecord.length === 0) {
    const records = [...new Set(knownProperties.map(known => known.record))]
    throw new TeamchatError('failed', `cannot describe ${key}: teamchatd knows no such record`, {
      hint: `it knows ${records.join(', ')}; others are the site's own and left alone`,
    })
  }
  if (property === undefined) return ofRecord
  const known = findKnown(key, property)
  if (known !== undefined) return [known]
  throw new TeamchatError('failed', `cannot describe ${key} ${property}: teamchatd knows no such property`, {
    hint: `it knows ${ofRecord.map(one => one.property || '(the value itself)').join(', ')}; others are the site's own and left alone`,
  })
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
