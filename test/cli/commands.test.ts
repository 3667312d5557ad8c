import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { allCommands } from '../../src/cli/all-commands.js'
import type { CommandText } from '../../src/cli/command.js'
import { verbs } from '../../src/cli/commands/config/index.js'
import { commands } from '../../src/cli/commands/index.js'
import { readOperands } from '../../src/cli/operands.js'
import { parseCommand } from '../../src/cli/parse.js'
import { projectRoot } from '../../src/paths.js'

const all = await allCommands()

t.test('the index names every file of a command, with its summary', async t => {
  const folder = join(projectRoot(), 'src/cli/commands')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.endsWith('index.ts'))
    .map(file => file.slice(0, -'.ts'.length).replace('/', ' '))
  const programs = all.programs.map(({ program }) => `programs ${program}`)
  const verbNames = [...verbs.keys()].map(verb => `config ${verb}`)
  t.same(files.sort(), [...commands.keys(), ...verbNames, ...programs].sort())
  for (const [name, { summary, load }] of commands) {
    const { command } = await load()
    t.same([command.name, command.summary], [name, summary])
  }
  for (const [name, { summary, load }] of verbs) {
    const { verb } = await load()
    t.same([verb.name, verb.summary], [`config ${name}`, summary])
  }
})

t.test('every command has --json, or says why not', async t => {
  const every: CommandText[] = [...all.commands, ...all.verbs, ...all.programs]
  for (const { name, program, options, noJson } of every) {
    t.equal(options?.json === undefined, noJson !== undefined, program ?? name)
    if (noJson !== undefined) t.match(noJson, /^\S.{8,}[^.]$/, program ?? name)
  }
})

t.test('every command has examples, and they can be typed', async t => {
  const every: CommandText[] = [...all.commands, ...all.verbs, ...all.programs]
  for (const command of every) {
    t.ok(command.examples.length > 0, command.name)
    const start = [command.program ?? 'teamchat', command.name].filter(word => word !== '').join(' ')
    let typed = 0
    for (const { run, text } of command.examples) {
      t.match(text, /^[A-Z].*\.$/, run)
      const line = /^(?:source <\()?([^|<>)]*)/.exec(run)?.[1]?.trim() ?? ''
      if (!`${line} `.startsWith(`${start} `)) continue
      typed += 1
      const words = line
        .slice(start.length)
        .split(' ')
        .filter(word => word !== '')
      if (!command.name.startsWith('config ')) t.ok(parseCommand(command, words), run)
      else t.equal(readOperands(command.operands, words).problem, undefined, run)
    }
    t.ok(typed > 0, `${start}: an example of the command itself`)
  }
})
