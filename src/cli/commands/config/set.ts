import { planRecord } from '../../config/planned-record.js'
import { defineWrite, ESCAPE, PAIRS, SILENT } from '../../config/planned-step.js'
import { KEY } from '../../config/read.js'

export const verb = defineWrite({
  name: 'config set',
  summary: 'replaces or creates the record',
  options: ESCAPE,
  operands: { key: KEY, type: { shown: 'TYPE', input: true }, pairs: { ...PAIRS, count: 'any' } },
  examples: [
    { run: 'teamchat config set DomainName example.org', text: 'Set a plain record.' },
    { run: 'teamchat config set mattermost service status enabled', text: 'Create a record of a service.' },
  ],
  noJson: SILENT,
  plan: (operands, options) => planRecord(operands, options, false),
})
