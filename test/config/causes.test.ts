import t from 'tap'
import {
  concerningProperties,
  leafProperties,
  PropertyChanges,
  variableProperties,
} from '../../src/config/causes.js'
import { leafRules } from '../../src/config/leaves.js'
import { readSettings } from '../../src/configdb/schema/read.js'
import { knownProperties, nameOf } from '../../src/configdb/schema/schema.js'
import { createSnapshot } from '../../src/configdb/snapshot.js'

const BASE = 'DomainName=example.org\nmattermost=service|status|enabled|VirtualHost|chat.example.org'

function read(db: string): Record<string, string> {
  const snapshot = createSnapshot('db', Buffer.from(db))
  return concerningProperties(readSettings(snapshot, { hostname: undefined, isEsmith: false }).settings)
}

t.test('what changed, with the old and the new value', async t => {
  const long = `https://push.example.org/${'a'.repeat(100)}`
  const cases: [string, string, string, string[], string[]][] = [
    [
      'a value',
      `${BASE}|ListenPort|8065`,
      `${BASE}|ListenPort|8066`,
      ['mattermost.ListenPort'],
      ['mattermost.ListenPort 8065 → 8066'],
    ],
    [
      'a new one',
      BASE,
      `${BASE}|ListenPort|8066`,
      ['mattermost.ListenPort'],
      ['mattermost.ListenPort 8065 (default) → 8066'],
    ],
    [
      'one that was empty',
      BASE,
      `${BASE}|CertificateFile|/a.pem`,
      ['mattermost.CertificateFile'],
      ['mattermost.CertificateFile (not set) → /a.pem'],
    ],
    [
      'one that is gone',
      `${BASE}|CertificateFile|/a.pem`,
      BASE,
      ['mattermost.CertificateFile'],
      ['mattermost.CertificateFile /a.pem → (not set)'],
    ],
    [
      'back to the default',
      `${BASE}|ListenPort|8066`,
      BASE,
      ['mattermost.ListenPort'],
      ['mattermost.ListenPort 8066 → 8065 (default)'],
    ],
    [
      'said explicitly',
      BASE,
      `${BASE}|ListenPort|8065`,
      ['mattermost.ListenPort'],
      ['mattermost.ListenPort 8065 (default) → 8065'],
    ],
    [
      'a switch, in the words of the DB',
      BASE,
      `${BASE}|SendEmail|no`,
      ['mattermost.SendEmail'],
      ['mattermost.SendEmail enabled (default) → disabled'],
    ],
    [
      'several',
      BASE,
      `${BASE}|ListenPort|8066|LocalSocket|/run/mm.socket`,
      ['mattermost.LocalSocket', 'mattermost.ListenPort', 'mattermost.ListenPort'],
      [
        'mattermost.LocalSocket /var/tmp/mattermost_local.socket (default) → /run/mm.socket',
        'mattermost.ListenPort 8065 (default) → 8066',
      ],
    ],
    [
      'what follows is not told beside its reason',
      BASE,
      BASE.replace('chat.', 'talk.'),
      ['mattermost.VirtualHost', 'mattermost.SiteURL', 'DomainName'],
      ['mattermost.VirtualHost chat.example.org → talk.example.org'],
    ],
    [
      'words with blanks are quoted',
      `${BASE}\nOrganizationContact=configuration|Company|Acme`,
      `${BASE}\nOrganizationContact=configuration|Company|Acme → Sons; more`,
      ['OrganizationContact.Company'],
      ['OrganizationContact.Company Acme → "Acme → Sons; more"'],
    ],
    [
      'a long one',
      BASE,
      `${BASE}|PushServer|${long}`,
      ['mattermost.PushServer'],
      [`mattermost.PushServer https://push-test.mattermost.com (default) → ${long.slice(0, 60)}…`],
    ],
    ['an equal one', BASE, BASE, ['mattermost.ListenPort', 'DomainName'], []],
    ['another one', BASE, `${BASE}|ListenPort|8066`, ['mattermost.VirtualHost'], []],
    ['an unknown one', BASE, `${BASE}|Own|1`, ['mattermost.Own', 'constructor'], []],
  ]
  for (const [name, before, after, properties, wanted] of cases)
    t.same(new PropertyChanges(read(before), read(after)).of(properties), wanted, name)
})

t.test('nothing was recorded: nothing is told', async t => {
  const changes = new PropertyChanges(undefined, read(BASE))
  t.same(changes.of(knownProperties.map(({ record, property }) => nameOf(record, property))), [])
})

t.test('the password in an address is masked', async t => {
  const changes = new PropertyChanges({ a: '"https://u:one@h/"' }, { a: '"https://u:two@h/"' })
  t.same(changes.of(['a']), ['a https://u:***@h/ → https://u:***@h/'])
})

t.test('variables of templates: the properties they come from', async t => {
  const changes = new PropertyChanges(read(BASE), read(`${BASE}|ListenPort|8066|SmtpServer|mail.example.org`))
  t.same(changes.ofVariables(['backend', 'bodyLimit', 'ours']), [
    'mattermost.ListenPort 8065 (default) → 8066',
  ])
  const recorded = read(BASE)
  for (const [variable, properties] of Object.entries(variableProperties)) {
    for (const property of properties) t.ok(Object.hasOwn(recorded, property), `${variable}: ${property}`)
  }
})

t.test('leaves: all that their rule names, and what the schema says besides', async t => {
  for (const rule of leafRules) {
    const properties = leafProperties(rule.name)
    for (const cause of rule.causes) t.ok(properties.includes(cause), `${rule.name}: ${cause}`)
  }
  t.ok(leafProperties('FileSettings.Directory').includes('mattermost.Home'))
  t.same(leafProperties('SqlSettings.DriverName'), [])
})
