import { ANY_KEY, defineRead, json, STOCK_JSON } from '../../config/read.js'

export const verb = defineRead({
  name: 'config getjson',
  summary: 'prints the same as printjson',
  operands: { key: ANY_KEY },
  examples: [{ run: 'teamchat config getjson mattermost', text: 'Print one record.' }],
  noJson: STOCK_JSON,
  read: ({ key }, records) => json(key, records, value => JSON.stringify(value)),
})
