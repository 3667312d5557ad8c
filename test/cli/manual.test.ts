import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../src/cli/commands.js'
import { helpOf, overview } from '../../src/cli/help.js'
import { manualPages } from '../../src/cli/manual.js'
import { settingsReference } from '../../src/cli/settings-reference.js'
import { runTeamchat } from '../../src/cli/teamchat.js'
import { projectRoot } from '../../src/paths.js'
import { commandOperations } from '../support/command-operations.js'

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

t.test('users without a command, or with --help, shows what there is', async t => {
  for (const [args, status, stream] of [
    [['users', '--help'], 0, 'stdout'],
    [['users'], 64, 'stderr'],
  ] as const) {
    const { surroundings, stdout, stderr } = commandOperations(t, {})
    const { io } = surroundings
    const openHouse = () => Promise.reject(new Error('nothing is opened'))
    t.equal(await runTeamchat([...args], { io, version: '0', openHouse }), status)
    const shown = String({ stdout, stderr }[stream].read())
    t.match(shown, /^usage: teamchat .*users COMMAND/)
    t.match(shown, /\n {2}users relink /)
    t.notMatch(shown, /signal-event/)
  }
})

t.test('help fits a terminal', async t => {
  const texts = [overview(), ...commands.map(command => helpOf(command))]
  for (const line of texts.join('\n').split('\n')) t.ok(line.length <= 120, line)
})
