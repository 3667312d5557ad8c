import t from 'tap'
import { SCHEMA_VERSION } from '../../../src/api/schema-version.js'
import { leafRules } from '../../../src/config/leaves.js'
import { typesOfRecords } from '../../../src/configdb/schema/known.js'
import { knownProperties } from '../../../src/configdb/schema/schema.js'
import { openConfig } from './open-config.js'

t.test('for people', async t => {
  const { run } = openConfig(t, '')
  const one = await run(['describe', 'mattermost', 'ListenPort'])
  t.equal(one.status, 0)
  t.match(one.stdout, /^mattermost ListenPort \(port\)\n {2}meaning {2}The loopback port/)
  t.match(one.stdout, /default {2}8065; what Mattermost ships\n/)
  t.match(one.stdout, /allowed {2}a whole number from 1 to 65535\n/)
  t.match(one.stdout, /used by {2}config\.json ServiceSettings\.ListenAddress; virtual host\n/)
  t.match((await run(['describe', 'sssd', 'BindPassword'])).stdout, /secret {3}never shown/)
  t.match((await run(['describe', 'mattermost', 'SiteURL'])).stdout, /default.*\(worked out\)/)
  const record = (await run(['describe', 'teamchatd'])).stdout
  t.match(record, /^teamchatd QuietMs [\s\S]*\n\nteamchatd MaxWaitMs /)
  const all = (await run(['describe'])).stdout
  t.equal(all.match(/^\S.*\(.*\)$/gm)?.length, knownProperties.length)
  for (const line of all.split('\n')) t.ok(line.length <= 100, line)
})

t.test('for machines', async t => {
  const { run } = openConfig(t, '')
  const { schemaVersion, properties: all } = JSON.parse(
    Buffer.from((await run(['describe', '--json'])).stdout, 'latin1').toString('utf8'),
  )
  t.equal(schemaVersion, SCHEMA_VERSION)
  t.equal(all.length, knownProperties.length)
  const named = async (...argv: string[]) => JSON.parse((await run(argv)).stdout).properties
  const [host] = await named('describe', '--json', 'mattermost', 'VirtualHost')
  t.match(host, { record: 'mattermost', property: 'VirtualHost', computed: true, secret: false })
  t.match(host.default, /mattermost\.DOMAIN/)
  const [domain] = await named('describe', 'DomainName', '--json')
  t.match(domain, { record: 'DomainName', property: '', check: /letters, digits/ })
})

t.test('what is not known', async t => {
  const { run } = openConfig(t, '')
  t.match(await run(['describe', 'ourOwn']), {
    status: 1,
    stderr: /does not know this record; it knows mattermost, /,
  })
  t.match(await run(['describe', 'mattermost', 'OurOwn']), {
    status: 1,
    stderr: /does not know this property; .*Home/,
  })
  t.match(await run(['describe', 'matermost']), { status: 1, stderr: /did you mean mattermost\? it knows / })
  t.match(await run(['describe', 'mattermost', 'LsitenPort']), { stderr: /did you mean ListenPort\?/ })
  t.match(await run(['describe', 'a', 'b', 'c']), { status: 64, stderr: /usage: teamchat config describe/ })
})

t.test('the schema’s "used by" agrees with the leaves of config.json', async t => {
  for (const { record, property, usedBy } of knownProperties) {
    const name = property === '' ? record : `${record}.${property}`
    for (const use of usedBy) {
      const leaf = /^config\.json (\S+)$/.exec(use)?.[1]
      if (leaf === undefined)
        t.match(use, /^(virtual host|settings service|people service|daemon)(: .+)?$/, name)
      else
        t.ok(
          leafRules.some(rule => rule.name === leaf),
          `${name} → ${leaf}`,
        )
    }
  }
  for (const rule of leafRules) {
    for (const cause of rule.causes) {
      const known = knownProperties.find(
        one => [one.record, one.property].filter(Boolean).join('.') === cause,
      )
      t.ok(known?.usedBy.includes(`config.json ${rule.name}`), `${cause} → ${rule.name}`)
    }
  }
})

t.test('every known record can be made anew', async t => {
  for (const { record, property } of knownProperties)
    t.equal(typesOfRecords.has(record), property !== '', record)
})

t.test('what is described fits a terminal', async t => {
  const { stdout } = await openConfig(t, '').run(['describe'])
  for (const line of Buffer.from(stdout, 'latin1').toString().split('\n')) t.ok(line.length <= 80, line)
})
