import type { KnownProperty } from '../../../configdb/schema/known.js'
import { findKnown, knownProperties } from '../../../configdb/schema/schema.js'
import { type ExitStatus, exitStatus, TeamchatError } from '../../../errors.js'
import { JSON_OPTION } from '../../command.js'
import { type ConfigIo, print } from '../../config/io.js'
import { defineTool } from '../../config/verb.js'
import { didYouMean, hintAfter } from '../../did-you-mean.js'
import { wrap } from '../../help.js'
import { jsonText } from '../../json-output.js'

export const verb = defineTool({
  name: 'config describe',
  summary: 'describes the properties that teamchatd knows',
  description: [
    'Type, default and why, the values that are allowed, and the parts of teamchatd that use it.',
  ],
  options: { json: JSON_OPTION },
  operands: {
    key: { shown: 'KEY', count: 'optional', complete: 'record' },
    property: { shown: 'PROPERTY', count: 'optional', complete: 'property' },
  },
  examples: [{ run: 'teamchat config describe mattermost ListenPort', text: 'Describe one property.' }],
  run: runDescribe,
})

/**
 * Prints entries of the schema, never a value of the DB. Throws `failed` where teamchatd does not
 * know the record or property.
 */
async function runDescribe(
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

/**
 * A property's entry of the schema for machines. `property` is '' for the value of a plain record; `default` is '' for none,
 * and words where it depends on other values (`computed`).
 */
function described(known: KnownProperty) {
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
    throw new TeamchatError('failed', `cannot describe ${key}: teamchatd does not know this record`, {
      hint: hintOf(key, records),
    })
  }
  if (property === undefined) return ofRecord
  const known = findKnown(key, property)
  if (known !== undefined) return [known]
  throw new TeamchatError(
    'failed',
    `cannot describe ${key} ${property}: teamchatd does not know this property`,
    {
      hint: hintOf(
        property,
        ofRecord.map(one => one.property || '(the value itself)'),
      ),
    },
  )
}

function hintOf(word: string, known: string[]): string {
  const rest = `it knows ${known.join(', ')}; others are the site's own and left alone`
  return hintAfter(didYouMean(word, known), rest)
}

function block(known: KnownProperty): string {
  const entry = described(known)
  const shown = entry.default === '' ? 'none' : entry.default
  const rows: [string, string][] = [
    ['meaning', entry.help],
    ['default', `${shown}${entry.computed ? ' (worked out)' : ''}; ${entry.why}`],
    ['allowed', entry.check],
    ['used by', entry.usedBy.join('; ')],
    ...(entry.secret
      ? [['secret', 'never shown; give it as "-" on standard input'] as [string, string]]
      : []),
  ]
  const lines = rows.flatMap(([name, text]) =>
    wrap(text, 69).map((line, index) => `  ${(index === 0 ? name : '').padEnd(9)}${line}`),
  )
  return [`${`${entry.record} ${entry.property}`.trimEnd()} (${entry.type})`, ...lines, ''].join('\n')
}
