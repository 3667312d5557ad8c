import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { allCommands } from '../../src/cli/all-commands.js'
import { flagOf, synopsesOf } from '../../src/cli/command.js'
import { commandsReference } from '../../src/cli/commands-reference.js'
import { completionScript } from '../../src/cli/completion/script.js'
import { SHELLS, scriptFiles } from '../../src/cli/completion/shells.js'
import { verbHelp } from '../../src/cli/config/verb-help.js'
import { helpOf } from '../../src/cli/help.js'
import { manualPages } from '../../src/cli/manual.js'
import { overview } from '../../src/cli/overview.js'
import { settingsReference } from '../../src/cli/settings-reference.js'
import { projectRoot } from '../../src/paths.js'

const docs = join(projectRoot(), 'docs')
const texts = await allCommands()
const { commands, verbs, programs } = texts
const generated = [
  ...manualPages(texts).map(page => ({ path: `man/${page.file}`, text: page.text })),
  ...SHELLS.map(shell => ({
    path: `completion/${scriptFiles[shell]}`,
    text: completionScript(shell, texts),
  })),
  { path: 'reference/commands.md', text: commandsReference(texts) },
  { path: 'reference/settings.md', text: settingsReference() },
]

t.test('what is generated of docs is current, and nothing else is there (npm run docs)', async t => {
  for (const { path, text } of generated) t.equal(readFileSync(join(docs, path), 'utf8'), text, path)
  for (const folder of ['man', 'completion']) {
    const paths = generated.map(({ path }) => path).filter(path => path.startsWith(`${folder}/`))
    t.same(readdirSync(join(docs, folder)).sort(), paths.map(path => path.slice(folder.length + 1)).sort())
  }
  const { man } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { man: string[] }
  t.same(
    [...man].sort(),
    manualPages(texts)
      .map(page => `docs/man/${page.file}`)
      .sort(),
    'package.json',
  )
})

t.test('--help and the manual tell every command, option and example', async t => {
  const manual = manualPages(texts)
    .map(page => page.text.replaceAll('\\-', '-').replaceAll('\\e', '\\'))
    .join('\n')
  for (const command of commands) t.ok(overview().includes(command.name), command.name)
  for (const command of [...commands, ...verbs]) {
    t.ok(manual.includes(`.SS ${synopsesOf(command)[0]}`), `${command.name} in the manual`)
  }
  for (const command of [...commands, ...verbs, ...programs]) {
    const help = helpOf(command)
    for (const name of Object.keys(command.options ?? {})) {
      t.ok(help.includes(flagOf(name)), `${command.name} ${name}`)
      t.ok(manual.includes(`.B ${flagOf(name)}`), `${command.name} ${name} in the manual`)
    }
    for (const { run } of command.examples) {
      t.ok(help.includes(`\n  ${run}\n`), run)
      t.ok(manual.includes(`.B ${run}\n`), `${run} in the manual`)
    }
  }
})

t.test('help fits a terminal', async t => {
  const helps = ['teamchat config', 'teamchat db NAME'].flatMap(program => {
    const target = { path: '', program, isConfiguration: program === 'teamchat config' }
    return ['', ...verbs.map(({ name }) => name.slice('config '.length))].map(name => verbHelp(target, name))
  })
  const texts = [
    overview(),
    overview('users'),
    ...[...commands, ...programs].map(command => helpOf(command)),
    ...(await Promise.all(helps)),
  ]
  for (const line of texts.join('\n').split('\n')) t.ok(line.length <= 80, line)
})

const noLexgrog =
  spawnSync('lexgrog', ['--version']).status === 0 ? false : 'lexgrog (man-db) is not installed'

t.test('man -k teamchat finds every page: its NAME line has the form that mandb reads', async t => {
  for (const { file, text } of manualPages(texts)) {
    const name = /^\.SH NAME\n(.*)$/m.exec(text)?.[1] ?? ''
    t.match(name, /^[\w\\-]+ \\- \S.*$/, file)
    t.match(name.replaceAll('\\', ''), /teamchat/, file)
  }
})

t.test('lexgrog reads every page', { skip: noLexgrog }, async t => {
  for (const { file } of manualPages(texts)) {
    const { status, stdout } = spawnSync('lexgrog', [join(docs, 'man', file)], { encoding: 'utf8' })
    t.equal(status, 0, file)
    t.ok(stdout.includes(`"${file.slice(0, -2)} - `), stdout)
  }
})
