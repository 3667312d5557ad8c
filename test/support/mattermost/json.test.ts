import fc from 'fast-check'
import t from 'tap'
import { brokenRule } from './config-rules.js'
import { mergeSettings } from './config-shape.js'
import { defaultConfig } from './defaults.js'
import { JsonSyntaxError, parseJson, positionWords } from './json.js'

t.test('reads what JSON.parse reads, and refuses what it refuses', async () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', ',', '}', ']', '0', '-', '\\', '\u0001'),
      (text, at, put) => {
        const place = at % (text.length + 1)
        const changed = text.slice(0, place) + put + text.slice(place + (put === '' ? 1 : 0))
        return JSON.stringify(read(changed, JSON.parse)) === JSON.stringify(read(changed, ours))
      },
    ),
  )
})

t.test('line and character are counted from one', async t => {
  for (const [text, words] of [
    ['{\n  "A": 1,\n}', 'parsing error at line 3, character 2'],
    ['{"A" 1}', 'parsing error at line 1, character 7'],
    ['{"A": 1', 'parsing error at line 1, character 8'],
  ] as const) {
    t.equal(words, position(text), text)
  }
})

t.test('addresses of the port and of the site', async t => {
  const cases: [string, string, string | undefined][] = [
    ['ListenAddress', ':8065', undefined],
    ['ListenAddress', '127.0.0.1:8065', undefined],
    ['ListenAddress', '[::1]:8065', undefined],
    ['ListenAddress', 'chat.example.org:8065', undefined],
    ['ListenAddress', '8065', 'listen_address'],
    ['ListenAddress', '127.0.0.1', 'listen_address'],
    ['ListenAddress', '0.0.0:8065', 'listen_address'],
    ['ListenAddress', '[::1]:99999', 'listen_address'],
    ['ListenAddress', 'http://127.0.0.1:8065', 'listen_address'],
    ['SiteURL', '', undefined],
    ['SiteURL', 'https://chat.example.org', undefined],
    ['SiteURL', 'http://127.0.0.1:8065/mattermost', undefined],
    ['SiteURL', 'chat.example.org', 'site_url'],
    ['SiteURL', 'https://chat example.org', 'site_url'],
    ['SiteURL', 'https://chat.example.org:port', 'site_url'],
  ]
  for (const [key, value, rule] of cases) {
    const config = mergeSettings(defaultConfig(false), { ServiceSettings: { [key]: value } })
    const want = rule === undefined ? undefined : `model.config.is_valid.${rule}.app_error`
    t.equal(brokenRule(config), want, `${key} ${value}`)
  }
})

function ours(text: string): unknown {
  return parseJson(text).value
}

function read(text: string, parse: (text: string) => unknown): { value: unknown } | 'refused' {
  try {
    return { value: parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JsonSyntaxError) return 'refused'
    throw error
  }
}

function position(text: string): string {
  try {
    parseJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return positionWords(text, error.offset)
    throw error
  }
  return 'no error'
}
