import t from 'tap'
import type { Json } from '../../../src/config/json/json.js'
import type { LeafWish } from '../../../src/config/merge.js'
import { checkTypes } from '../../../src/settings/plan/leaves.js'

function wish(name: string, value: Json, shipped: Json[] = []): LeafWish {
  return {
    name,
    path: name.split('.'),
    value,
    shipped,
    class: 'enforced',
    how: 'restart',
    causes: [],
    explicit: false,
    gentle: false,
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

const cases: [what: string, wish: LeafWish, refused: RegExp | undefined][] = [
  ['a text for a text', wish('EmailSettings.SMTPPort', '587'), undefined],
  [
    'a number for a text',
    wish('EmailSettings.SMTPPort', 587),
    /SMTPPort: .* wants a text.* say a whole number/,
  ],
  ['what is shipped counts more than the file', wish('EmailSettings.SMTPPort', '1', ['']), undefined],
  ['also where the file is wrong', wish('EmailSettings.SMTPPort', '1', [1]), /wants a whole number.*a text/],
  ['a text for a switch', wish('EmailSettings.EnableSMTPAuth', 'true'), /wants a true or false.*a text/],
  ['a fraction for a whole number', wish('EmailSettings.SMTPServerTimeout', 1.5), /whole number.*fraction/],
  ['a whole number for a fraction', wish('ServiceSettings.Ratio', 2), undefined],
  ['a section for a text', wish('EmailSettings.SMTPPort', {}), /wants a text.*a section/],
  ['a text for a section', wish('EmailSettings', 'x'), /EmailSettings: .*wants a section.*a text/],
  [
    'a leaf below a text',
    wish('LocalizationSettings.AvailableLocales.de', true),
    /AvailableLocales: .*wants a text.*section/,
  ],
  ['a leaf below an empty section', wish('PluginSettings.PluginStates.calls', true), undefined],
  ['a list of texts', wish('ServiceSettings.ExtraLinks', ['b', 'c']), undefined],
  [
    'a list with a number in it',
    wish('ServiceSettings.ExtraLinks', ['b', 1]),
    /each a text.*each a text|list/,
  ],
  ['anything into an empty list', wish('ServiceSettings.Empty', [1]), undefined],
  ['a text for a list', wish('ServiceSettings.ExtraLinks', 'b'), /wants a list.*a text/],
  ['a plugin’s own setting', wish('PluginSettings.Plugins.calls.rate', 0.5), undefined],
  ['a leaf that nobody has seen', wish('NewSettings.New', 1), undefined],
]

for (const [what, given, refused] of cases) {
  t.test(what, async t => {
    if (refused === undefined) t.doesNotThrow(() => checkTypes([given], live))
    else t.throws(() => checkTypes([given], live), { code: 'check.failed', message: refused })
  })
}

t.test('without a live file what is shipped still counts', async t => {
  t.throws(() => checkTypes([wish('EmailSettings.SMTPPort', 25, ['25'])], undefined), {
    code: 'check.failed',
  })
  t.doesNotThrow(() => checkTypes([wish('EmailSettings.Unknown', 25)], undefined))
})
