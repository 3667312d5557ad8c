import t from 'tap'
import { contract } from '../../src/api/contract.js'
import { command as adopt } from '../../src/cli/commands/adopt.js'
import { command as retire } from '../../src/cli/commands/retire.js'
import { command as relink } from '../../src/cli/commands/users/relink.js'
import { parseCommand } from '../../src/cli/parse.js'

t.test('a command is given its own options, which its operation takes', async t => {
  const cases = [
    { command: adopt, args: ['--dry-run', '--root', '/x'], input: contract.adopt.input },
    { command: retire, args: ['--give-back'], input: contract.retire.input },
    { command: relink, args: ['--confirm', 'pluto'], input: contract.relinkUsers.input },
  ]
  for (const { command, args, input } of cases) {
    const { options } = parseCommand(command, args)
    t.same(Object.keys(options).sort(), Object.keys(command.options ?? {}).sort(), command.name)
    const { json: _json, ...wanted } = options
    t.ok(input.safeParse(wanted).success, `${command.name}: the operation takes them`)
  }
})
