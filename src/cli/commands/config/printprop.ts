import { defineRead, KEY, lines, PRINTJSON, recordOf, sortedProperties } from '../../config/read.js'

export const verb = defineRead({
  name: 'config printprop',
  summary: 'prints PROPERTY=VALUE, all or those named',
  operands: { key: KEY, names: { shown: 'PROPERTY', count: 'any', complete: 'property' } },
  examples: [
    { run: 'teamchat config printprop mattermost', text: 'Print all properties of a record.' },
    { run: 'teamchat config printprop mattermost status Home', text: 'Print two of them.' },
  ],
  noJson: PRINTJSON,
  read({ key, names }, records) {
    const record = recordOf(key, records)
    if (names.length === 0) return lines(record === undefined ? [] : sortedProperties(record))
    const found = names.filter(name => record?.properties.has(name))
    return { ...lines(found.map(name => `${name}=${record?.properties.get(name)}`)), status: 0 }
  },
})
