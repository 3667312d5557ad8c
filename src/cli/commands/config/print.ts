import { ANY_KEY, chosen, defineRead, lines, PRINTJSON } from '../../config/read.js'

export const verb = defineRead({
  name: 'config print',
  summary: 'prints KEY=VALUE, the value as it is stored',
  operands: { key: ANY_KEY },
  examples: [{ run: 'teamchat config print DomainName', text: 'Show one record.' }],
  noJson: PRINTJSON,
  read: ({ key }, records) => lines(chosen(key, records).map(([name, value]) => `${name}=${value ?? ''}`)),
})
