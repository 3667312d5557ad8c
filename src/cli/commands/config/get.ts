import { answer, defineRead, KEY, PRINTJSON } from '../../config/read.js'

export const verb = defineRead({
  name: 'config get',
  summary: 'prints the value as it is stored',
  operands: { key: KEY },
  examples: [{ run: 'teamchat config get DomainName', text: 'Print the domain of this host.' }],
  noJson: PRINTJSON,
  read: ({ key }, records) => answer(records.value(key)),
})
