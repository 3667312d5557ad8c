import { answer, defineRead, KEY, PRINTJSON, recordOf } from '../../config/read.js'

export const verb = defineRead({
  name: 'config gettype',
  summary: 'prints the type',
  operands: { key: KEY },
  examples: [{ run: 'teamchat config gettype mattermost', text: 'Print `service`.' }],
  noJson: PRINTJSON,
  read: ({ key }, records) => answer(recordOf(key, records)?.type),
})
