import { parseRecord } from '../../../configdb/codec/record.js'
import {
  ANY_KEY,
  chosen,
  defineRead,
  type Entry,
  lines,
  PRINTJSON,
  sortedProperties,
} from '../../config/read.js'

export const verb = defineRead({
  name: 'config show',
  summary: 'prints type and properties, one a line',
  operands: { key: ANY_KEY },
  examples: [{ run: 'teamchat config show mattermost', text: 'Show one record.' }],
  noJson: PRINTJSON,
  read: ({ key }, records) => lines(chosen(key, records).map(shown)),
})

function shown([key, value]: Entry): string {
  const record = parseRecord(value ?? '')
  // A record without a type is shown without its properties, as the stock tool does.
  if (record.type === undefined) return `${key}=`
  return [`${key}=${record.type}`, ...sortedProperties(record).map(text => `    ${text}`)].join('\n')
}
