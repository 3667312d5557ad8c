import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { templateVariables } from '../../src/config/template-variables.js'
import { readSettings } from '../../src/configdb/schema/read.js'
import { createSnapshot } from '../../src/configdb/snapshot.js'
import { projectRoot } from '../../src/paths.js'

const page = readFileSync(join(projectRoot(), 'docs/reference/templates.md'), 'utf8')

t.test('the page names every variable that a template can use, and no other', async t => {
  const db = Buffer.from(
    'DomainName=example.org\nmattermost=service|VirtualHost|chat.example.org|status|enabled\n',
  )
  const { settings } = readSettings(createSnapshot('db', db), { hostname: undefined, isEsmith: false })
  const variables = templateVariables(settings, {
    root: '',
    isEsmith: false,
    dataSource: undefined,
    password: 'x',
    certificate: undefined,
    apacheVersion: undefined,
  })
  const named = page
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .flatMap(line => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(match => match[1]))
    .filter(name => name !== 'config' && name !== 'mattermost')
  t.same(named.sort(), Object.keys(variables).sort())
})

t.test('the page names every output', async t => {
  for (const output of readdirSync(join(projectRoot(), 'templates')))
    t.ok(page.includes(`\`${output}\``), output)
})
