import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bulkHelp, commands, daemonHelp } from '../../src/cli/commands.js'
import { helpOf as helpOfDb } from '../../src/cli/config/usage.js'
import { helpOf, overview } from '../../src/cli/help.js'
import { manualPages } from '../../src/cli/manual.js'
import { settingsReference } from '../../src/cli/settings-reference.js'
import { projectRoot } from '../../src/paths.js'

const folder = join(projectRoot(), 'docs/man')

t.test('the manual pages in the tree are those that the commands’ table gives (npm run docs)', async t => {
  t.same(
    readdirSync(folder).sort(),
    manualPages()
      .map(page => page.file)
      .sort(),
  )
  for (const page of manualPages())
    t.equal(readFileSync(join(folder, page.file), 'utf8'), page.text, page.file)
})

t.test('the page of the settings in the tree is the one that the schema gives (npm run docs)', async t => {
  t.equal(readFileSync(join(projectRoot(), 'docs/reference/settings.md'), 'utf8'), settingsReference())
})

t.test('--help and the manual tell every command and every option', async t => {
  const manual = manualPages()[0]?.text.replaceAll('\\-', '-') ?? ''
  for (const command of commands) {
    t.ok(overview().includes(command.name), command.name)
    t.ok(manual.includes(`.SS ${command.synopsis}`), `${command.name} in the manual`)
    for (const option of command.options)
      t.ok(helpOf(command).includes(option.flag), `${command.name} ${option.flag}`)
  }
})

t.test('help fits a terminal', async t => {
  const targets = ['teamchat config', 'teamchat db NAME'].map(program => ({
    path: '',
    program,
    isConfiguration: program === 'teamchat config',
  }))
  const texts = [
    overview(),
    overview('users'),
    ...[...commands, daemonHelp, bulkHelp].map(command => helpOf(command)),
    ...targets.map(helpOfDb),
  ]
  for (const line of texts.join('\n').split('\n')) t.ok(line.length <= 80, line)
})
