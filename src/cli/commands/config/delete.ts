import { defineWrite, SILENT } from '../../config/planned-step.js'
import { KEY } from '../../config/read.js'
import { deleteKey } from '../../config/record-changes.js'

export const verb = defineWrite({
  name: 'config delete',
  summary: 'removes the record',
  operands: { key: KEY },
  examples: [{ run: 'teamchat config delete ourOwn', text: 'Remove a record of your own.' }],
  noJson: SILENT,
  plan: ({ key }) => ({
    change: records => deleteKey(records, key),
    warnings: [],
    sets: [],
    ifMissing: 'fail',
  }),
})
