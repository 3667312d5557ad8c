import {
  checkWhereKnown,
  defineWrite,
  ESCAPE,
  PAIRS,
  pairsOf,
  SILENT,
  warningsAbout,
} from '../../config/planned-step.js'
import { KEY } from '../../config/read.js'
import { changeRecord, withPairs } from '../../config/record-changes.js'
import { checkStorableKey } from '../../config/values.js'

export const verb = defineWrite({
  name: 'config setprop',
  summary: 'sets properties of an existing record',
  description: [
    'A record that is missing stays missing, as with the stock tool: where teamchatd knows it, the command prints how to create it.',
  ],
  options: ESCAPE,
  operands: { key: KEY, pairs: { ...PAIRS, count: 'some' } },
  examples: [
    { run: 'teamchat config setprop mattermost VirtualHost chat.example.org', text: 'Set one property.' },
    {
      run: 'teamchat config setprop sssd BindPassword - < password',
      text: 'Keep a secret out of the process list.',
    },
  ],
  noJson: SILENT,
  plan({ key, pairs: words }, options) {
    checkStorableKey(key)
    const pairs = pairsOf(words, options.escaping)
    checkWhereKnown(options, key, undefined, pairs)
    const values = words.filter((_, index) => index % 2 === 1)
    return {
      change: records => changeRecord(records, key, record => withPairs(record, pairs)),
      warnings: warningsAbout(options, key, pairs, values),
      sets: [key],
      ifMissing: 'tell',
    }
  },
})
