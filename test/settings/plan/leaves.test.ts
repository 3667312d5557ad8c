import t from 'tap'
import type { Json } from '../../../src/config/json/json.js'
import type { DesiredSetting } from '../../../src/config/merge.js'
import { checkTypes } from '../../../src/settings/plan/leaves.js'

function setting(name: string, value: Json, shipped: Json[] = []): DesiredSetting {
  return {
    name,
    path: name.split('.'),
    value,
    shipped,
    class: 'enforced',
    how: 'restart',
    causes: [],
    explicit: false,
    keepInitial: false,
    compare: 'exact',
    secret: false,
  }
}

const live: Json = {
  EmailSettings: { SMTPPort: '25', EnableSMTPAuth: false, SMTPServerTimeout: 10 },
  PluginSettings: { Plugins: { calls: { rate: 1 } }, PluginStates: null },
  LocalizationSettings: { AvailableLocales: 'en' },
  ServiceSettings: { ExtraLinks: ['a'], Empty: [], Ratio: 1.5 },
}

const cases: [what: string, setting: DesiredSetting, refused: RegExp | undefined][] = [
  ['a text for a text', setting('EmailSettings.SMTPPort', '587'), undefined],
  [
    'a number for a text',
    setting('EmailSettings.SMTPPort', 587),
    /SMTPPort: .* wants a text.* say a whole number/,
  ],
  ['what is shipped counts more than the file', setting('EmailSettings.SMTPPort', '1', ['']), undefined],
  [
    'also where the file is wrong',
    setting('EmailSettings.SMTPPort', '1', [1]),
    /wants a whole number.*a text/,
  ],
  ['a text for a switch', setting('EmailSettings.EnableSMTPAuth', 'true'), /wants a true or false.*a text/],
  [
    'a fraction for a whole number',
    setting('EmailSettings.SMTPServerTimeout', 1.5),
    /whole number.*fraction/,
  ],
  ['a whole number for a fraction', setting('ServiceSettings.Ratio', 2), undefined],
  ['a section for a text', setting('EmailSettings.SMTPPort', {}), /wants a text.*a section/],
  ['a text for a section', setting('EmailSettings', 'x'), /EmailSettings: .*wants a section.*a text/],
  [
    'a leaf below a text',
    setting('LocalizationSettings.AvailableLocales.de', true),
    /AvailableLocales: .*wants a text.*section/,
  ],
  ['a leaf below an empty section', setting('PluginSettings.PluginStates.calls', true), undefined],
  ['a list of texts', setting('ServiceSettings.ExtraLinks', ['b', 'c']), undefined],
  [
    'a list with a number in it',
    setting('ServiceSettings.ExtraLinks', ['b', 1]),
    /each a text.*each a text|list/,
  ],
  ['anything into an empty list', setting('ServiceSettings.Empty', [1]), undefined],
  ['a text for a list', setting('ServiceSettings.ExtraLinks', 'b'), /wants a list.*a text/],
  ['a plugin’s own setting', setting('PluginSettings.Plugins.calls.rate', 0.5), undefined],
  ['a leaf that nobody has seen', setting('NewSettings.New', 1), undefined],
]

for (const [what, given, refused] of cases) {
  t.test(what, async t => {
    if (refused === undefined) t.doesNotThrow(() => checkTypes([given], live))
    else t.throws(() => checkTypes([given], live), { code: 'check.failed', message: refused })
  })
}

t.test('without a live file what is shipped still counts', async t => {
  t.throws(() => checkTypes([setting('EmailSettings.SMTPPort', 25, ['25'])], undefined), {
    code: 'check.failed',
  })
  t.doesNotThrow(() => checkTypes([setting('EmailSettings.Unknown', 25)], undefined))
})
