import { ANY_KEY, defineRead, json, STOCK_JSON } from '../../config/read.js'

export const verb = defineRead({
  name: 'config showjson',
  summary: 'prints JSON for people',
  operands: { key: ANY_KEY },
  examples: [{ run: 'teamchat config showjson mattermost', text: 'Read one record.' }],
  noJson: STOCK_JSON,
  read: ({ key }, records) => json(key, records, pretty),
})

/** Three blanks of indent and ` : ` after names, as Perl's JSON writes it, and two newlines at the end. */
function pretty(value: unknown): string {
  const text = JSON.stringify(value, null, 3)
  return `${text.replaceAll(/^( *"(?:[^"\\]|\\.)*"):/gm, '$1 :')}\n\n`
}
