import { ANY_KEY, defineRead, json, STOCK_JSON } from '../../config/read.js'

export const verb = defineRead({
  name: 'config printjson',
  summary: 'prints JSON on one line',
  operands: { key: ANY_KEY },
  examples: [
    { run: 'teamchat config printjson mattermost | jq .props', text: 'Take properties for a script.' },
  ],
  noJson: STOCK_JSON,
  read: ({ key }, records) => json(key, records, value => JSON.stringify(value)),
})
