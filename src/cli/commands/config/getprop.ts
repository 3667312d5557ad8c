import { answer, defineRead, KEY, PRINTJSON, recordOf } from '../../config/read.js'

export const verb = defineRead({
  name: 'config getprop',
  summary: 'prints the value of a property',
  operands: { key: KEY, property: { shown: 'PROPERTY', complete: 'property' } },
  examples: [
    { run: 'teamchat config getprop mattermost VirtualHost', text: 'Print the host name of the site.' },
  ],
  noJson: PRINTJSON,
  read: ({ key, property }, records) => answer(recordOf(key, records)?.properties.get(property)),
})
