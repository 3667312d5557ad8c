import t from 'tap'
import { changedProperties, concerningProperties } from '../../src/config/causes.js'
import { readSettings } from '../../src/configdb/schema/read.js'
import { createSnapshot } from '../../src/configdb/snapshot.js'

function concerning(db: string): Record<string, string> {
  const snapshot = createSnapshot('db', Buffer.from(db))
  return concerningProperties(readSettings(snapshot, { hostname: undefined, isEsmith: false }).settings)
}

const BASE = 'DomainName=example.org\nmattermost=service|status|enabled|VirtualHost|chat.example.org'

t.test('every property that an output goes by is known with its value', async t => {
  const values = concerning(BASE)
  t.match(values, {
    'mattermost.status': '"enabled"',
    'mattermost.VirtualHost': '"chat.example.org"',
    'mattermost.SiteURL': '"https://chat.example.org" (default)',
    'mattermost.ListenPort': '8065 (default)',
    'mattermost.SendEmail': 'true (default)',
    DomainName: '"example.org"',
    'OrganizationContact.Company': '"" (default)',
  })
  const missing = Object.entries(values).filter(([, value]) => value.startsWith('undefined'))
  t.same(missing, [])
  t.notOk('mattermost.UserSync' in values)
  t.notOk('mattermost.Team' in values)
})

t.test('what concerns an output is told, what does not is not', async t => {
  const cases: [string, string, string[]][] = [
    ['nothing', BASE, []],
    ['another record', `${BASE}\nsshd=service|status|enabled`, []],
    ['people', `${BASE}|UserSync|full|Team|all`, []],
    [
      'a value',
      `${BASE}|ListenPort|8066`,
      [
        'mattermost.ListenPort 8065 (default) → 8066',
        'mattermost.ListenAddress "127.0.0.1:8065" (default) → "127.0.0.1:8066" (default)',
      ],
    ],
    [
      'the default, set',
      `${BASE}|SmtpServer|localhost`,
      ['mattermost.SmtpServer "localhost" (default) → "localhost"'],
    ],
    [
      'the company',
      `${BASE}\nOrganizationContact=c|Company|Example`,
      ['OrganizationContact.Company "" (default) → "Example"'],
    ],
  ]
  for (const [what, after, lines] of cases) {
    t.same(changedProperties(concerning(BASE), concerning(after)).sort(), lines.sort(), what)
  }
  t.same(changedProperties({}, concerning(BASE)), [], 'properties of a newer version')
})
