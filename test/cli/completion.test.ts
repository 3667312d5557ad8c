import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { allCommands } from '../../src/cli/all-commands.js'
import { completionScript } from '../../src/cli/completion/script.js'
import { SHELLS, type Shell, scriptFiles } from '../../src/cli/completion/shells.js'
import { projectRoot } from '../../src/paths.js'

const texts = await allCommands()
const file = (shell: Shell) => join(projectRoot(), 'docs/completion', scriptFiles[shell])

/** What a shell offers for the last word; each of `some` is there, none of `none`. */
const cases: { line: string; some: string[]; none?: string[] }[] = [
  {
    line: 'teamchat ',
    some: ['status', 'users', 'config', 'db', 'completion'],
    none: ['users sync', 'sync'],
  },
  { line: 'teamchat st', some: ['status'], none: ['apply'] },
  { line: 'teamchat --root /tmp st', some: ['status'] },
  { line: 'teamchat users ', some: ['sync', 'accept-host'], none: ['status'] },
  { line: 'teamchat users hold --', some: ['--until', '--dry-run', '--json', '--root'], none: ['--confirm'] },
  { line: 'teamchat users hold pluto --u', some: ['--until'] },
  { line: 'teamchat config ', some: ['getprop', 'describe'] },
  { line: 'teamchat config getprop ', some: ['mattermost', 'sssd'] },
  { line: 'teamchat config getprop sssd ', some: ['BindDN'], none: ['ListenPort'] },
  { line: 'teamchat config setprop mattermost Home /srv Vir', some: ['VirtualHost'] },
  { line: 'teamchat config setprop mattermost ', some: ['Home'], none: ['BindDN'] },
  { line: 'teamchat config set mattermost ', some: [], none: ['Home'] },
  { line: 'teamchat config set mattermost service ', some: ['Home'] },
  { line: 'teamchat db accounts ', some: ['getprop'] },
  { line: 'teamchat completion ', some: ['bash', 'zsh', 'fish'] },
  { line: 'teamchatd --', some: ['--root', '--help'], none: ['--json'] },
  { line: 'mattermost-bulk-user-create --p', some: ['--password-stdin'] },
]

function hasShell(shell: Shell): string | false {
  return spawnSync(shell, ['-c', 'true']).status === 0 ? false : `${shell} is not installed`
}

function check(t: Test, offered: (line: string) => string[]): void {
  for (const { line, some, none = [] } of cases) {
    const words = offered(line)
    for (const word of some) t.ok(words.includes(word), `${line}: ${word} is in ${words.join(' ')}`)
    for (const word of none) t.notOk(words.includes(word), `${line}: ${word}`)
  }
}

for (const shell of SHELLS) {
  t.test(`${shell} can read its script`, { skip: hasShell(shell) }, async t => {
    const { status, stderr } = spawnSync(shell, ['-n', file(shell)], { encoding: 'utf8' })
    t.equal(stderr, '')
    t.equal(status, 0)
    t.match(completionScript(shell, texts), `teamchat completion ${shell}`)
  })
}

t.test('bash completes', { skip: hasShell('bash') }, async t => {
  const script = `source "$1"; COMP_WORDS=("\${@:2}"); COMP_CWORD=$(($# - 2)); _teamchat; printf '%s\\n' "\${COMPREPLY[@]}"`
  const offered = (line: string) => {
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', file('bash'), ...line.split(' ')], {
      encoding: 'utf8',
    })
    t.equal(stderr, '', line)
    return stdout.split('\n')
  }
  check(t, offered)
  const folder = t.testdir({ templates: {} })
  t.same(offered(`teamchat config loaddefaults ${folder}/t`), [`${folder}/templates`, ''])
  t.same(offered(`teamchat --root ${folder}/t`), [`${folder}/templates`, ''])
})

t.test('fish completes', { skip: hasShell('fish') }, async t => {
  const home = t.testdir({})
  check(t, line => {
    const script = 'source $argv[1]; complete -C $argv[2]'
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script, file('fish'), line], {
      encoding: 'utf8',
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home },
    })
    t.equal(stderr, '', line)
    return stdout.split('\n').map(text => text.split('\t')[0] ?? '')
  })
})

t.test('zsh completes', { skip: hasShell('zsh') }, async t => {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'home'))
  // In place of the functions that need a terminal: what would be shown is printed.
  writeFileSync(
    join(folder, 'try.zsh'),
    `compdef() { : }
_describe() { local -a shown; shown=("\${(@P)2}"); print -rl -- "\${(@)shown%%:*}" }
_path_files() { print -r -- FOLDERS }
source "$1"
words=("\${@:2}") CURRENT=$(($# - 1))
_teamchat
`,
  )
  check(t, line => {
    const { stdout, stderr } = spawnSync(
      'zsh',
      ['-f', join(folder, 'try.zsh'), file('zsh'), ...line.split(' ')],
      { encoding: 'utf8' },
    )
    t.equal(stderr, '', line)
    const prefix = line.slice(line.lastIndexOf(' ') + 1)
    return stdout.split('\n').filter(word => word.startsWith(prefix))
  })
})
