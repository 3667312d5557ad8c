import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SCHEMA_VERSION } from '../../src/api/schema-version.js'
import { jsonText } from '../../src/cli/json-output.js'
import { projectRoot } from '../../src/paths.js'

t.test('the version of the form comes first', async t => {
  t.equal(jsonText({ a: [1] }, 0), `{"schemaVersion":${SCHEMA_VERSION},"a":[1]}\n`)
  t.match(jsonText({ a: 1 }), /^\{\n {2}"schemaVersion": \d+,\n {2}"a": 1\n\}\n$/)
})

t.test('every command prints JSON through it, but for the forms of the stock tools', async t => {
  const folder = join(projectRoot(), 'src/cli/commands')
  const stock = /^config\/(printjson|getjson|showjson)\.ts$/
  const printers = /\b(show|writeJson|jsonText|changeLink|importUsers)\(/
  let found = 0
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || stock.test(file)) continue
    const text = readFileSync(join(folder, file), 'utf8')
    t.notMatch(text, /JSON\.stringify\([^)]*, (undefined|null), /, file)
    if (!/^ {4}json: |options: \{.*\bjson: /m.test(text)) continue
    found += 1
    t.match(text, printers, file)
  }
  t.ok(found > 25, `${found} commands have --json`)
})
