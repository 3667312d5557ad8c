import { defineWrite, SILENT } from '../../config/planned-step.js'
import { KEY } from '../../config/read.js'
import { changeRecord, without } from '../../config/record-changes.js'

export const verb = defineWrite({
  name: 'config delprop',
  summary: 'removes properties',
  operands: { key: KEY, names: { shown: 'PROPERTY', count: 'some', complete: 'property' } },
  examples: [{ run: 'teamchat config delprop mattermost SiteURL', text: 'Go back to the default.' }],
  noJson: SILENT,
  plan: ({ key, names }) => ({
    change: records => changeRecord(records, key, record => without(record, names)),
    warnings: [],
    sets: [],
    ifMissing: 'tell',
  }),
})
