import { JSON_OPTION } from '../../command.js'
import { runDescribe } from '../../config/describe.js'
import { defineTool } from '../../config/verb.js'

export const verb = defineTool({
  name: 'config describe',
  summary: 'describes the properties that teamchatd knows',
  description: [
    'Type, default and why, the values that are allowed, and the parts of teamchatd that use it.',
  ],
  options: { json: JSON_OPTION },
  operands: {
    key: { shown: 'KEY', count: 'optional', complete: 'record' },
    property: { shown: 'PROPERTY', count: 'optional', complete: 'property' },
  },
  examples: [{ run: 'teamchat config describe mattermost ListenPort', text: 'Describe one property.' }],
  run: runDescribe,
})
