import { planRecord } from '../../config/planned-record.js'
import { defineWrite, ESCAPE, PAIRS, SILENT } from '../../config/planned-step.js'
import { KEY } from '../../config/read.js'

export const verb = defineWrite({
  name: 'config setdefault',
  summary: 'creates the record unless it exists',
  options: ESCAPE,
  operands: { key: KEY, type: { shown: 'TYPE', input: true }, pairs: { ...PAIRS, count: 'any' } },
  examples: [
    { run: 'teamchat config setdefault mattermost service status disabled', text: 'In an installer.' },
  ],
  noJson: SILENT,
  plan: (operands, options) => planRecord(operands, options, true),
})
