import { defineWrite, ESCAPE, SILENT } from '../../config/planned-step.js'
import { planJson } from '../../config/set-json.js'

export const verb = defineWrite({
  name: 'config setjson',
  summary: 'replaces or creates one record or several',
  description: [
    'JSON is {"name":"KEY","type":"TYPE","props":{"PROPERTY":"VALUE"}}, or an array of such, as printjson prints it.',
  ],
  options: ESCAPE,
  operands: { json: { shown: 'JSON', input: true } },
  examples: [{ run: 'teamchat config setjson - < records.json', text: 'Set several records in one write.' }],
  noJson: SILENT,
  plan: ({ json }, options) => planJson(json, options),
})
