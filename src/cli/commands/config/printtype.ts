import { parseRecord } from '../../../configdb/codec/record.js'
import { ANY_KEY, chosen, defineRead, lines, MISSING, PRINTJSON } from '../../config/read.js'

export const verb = defineRead({
  name: 'config printtype',
  summary: 'prints KEY=TYPE',
  operands: { key: ANY_KEY },
  examples: [{ run: 'teamchat config printtype', text: 'List all records with their types.' }],
  noJson: PRINTJSON,
  read({ key }, records) {
    const found = chosen(key, records).map(([name, value]) => [name, parseRecord(value ?? '').type] as const)
    if (key !== undefined && found[0]?.[1] === undefined) return MISSING
    return lines(found.map(([name, type]) => `${name}=${type ?? ''}`))
  },
})
