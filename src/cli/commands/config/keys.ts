import { defineRead, lines, PRINTJSON } from '../../config/read.js'

export const verb = defineRead({
  name: 'config keys',
  summary: 'lists the keys',
  examples: [{ run: 'teamchat config keys', text: 'List the records of the DB.' }],
  noJson: PRINTJSON,
  read: (_, records) => lines(records.all().map(([key]) => key)),
})
