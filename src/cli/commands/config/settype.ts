import { trimBlanks } from '../../../configdb/codec/codec.js'
import { parseRecord } from '../../../configdb/codec/record.js'
import { checkWhereKnown, defineWrite, ESCAPE, SILENT } from '../../config/planned-step.js'
import { KEY } from '../../config/read.js'
import { setType } from '../../config/record-changes.js'
import { checkStorable, checkStorableKey, warningsOf } from '../../config/values.js'

export const verb = defineWrite({
  name: 'config settype',
  summary: 'changes the type, keeps the properties',
  options: ESCAPE,
  operands: { key: KEY, type: { shown: 'TYPE', input: true } },
  examples: [{ run: 'teamchat config settype mattermost service', text: 'Correct the type of a record.' }],
  noJson: SILENT,
  plan({ key, type: wanted }, options) {
    checkStorableKey(key)
    const type = checkStorable(wanted, 'the type', options.escaping)
    checkWhereKnown(options, key, parseRecord(trimBlanks(type)), [])
    return {
      change: records => setType(records, key, type),
      warnings: warningsOf([wanted]),
      sets: [key],
      ifMissing: 'fail',
    }
  },
})
