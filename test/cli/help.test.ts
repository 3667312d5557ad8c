import { PassThrough } from 'node:stream'
import t from 'tap'
import { runTeamchat } from '../../src/cli/teamchat.js'
import { TeamchatError } from '../../src/errors.js'
import { createPaths } from '../../src/paths.js'
import { commandContext } from '../support/command-operations.js'

async function run(argv: string[], root: string) {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), env: {} }
  const parts = commandContext({ io, version: '1.2.3', paths: createPaths({ root }) })
  try {
    const status = await runTeamchat(['--root', root, ...argv], parts)
    return { status, stdout: String(io.stdout.read() ?? ''), stderr: String(io.stderr.read() ?? '') }
  } catch (error) {
    if (!(error instanceof TeamchatError)) throw error
    return { status: error.exitCode, stdout: '', stderr: `${error.message}\n${error.hint}` }
  }
}

const cases: [argv: string, status: number, stdout: RegExp, stderr: RegExp][] = [
  ['', 64, /^$/, /^usage: teamchat \[--root DIR\] COMMAND[\s\S]*\n {2}users sync /],
  ['--help', 0, /^usage: teamchat \[--root DIR\] COMMAND/, /^$/],
  ['-h', 0, /^usage: teamchat \[--root DIR\] COMMAND/, /^$/],
  ['help', 0, /^usage: teamchat \[--root DIR\] COMMAND/, /^$/],
  ['status -h', 0, /^usage: teamchat status/, /^$/],
  ['help status', 0, /^usage: teamchat status/, /^$/],
  ['help users sync', 0, /^usage: teamchat users sync/, /^$/],
  ['users', 64, /^$/, /^usage: teamchat \[--root DIR\] users COMMAND/],
  ['users --help', 0, /^usage: .* users COMMAND(?![\s\S]*\n {2}status )[\s\S]*\n {2}users sync /, /^$/],
  ['help users', 0, /^usage: .* users COMMAND/, /^$/],
  ['help bogus', 64, /^$/, /cannot run 'bogus': there is no such command/],
  ['status --bogus', 64, /^$/, /^cannot run status: unknown option '--bogus'\nusage: teamchat status/],
  ['status -x', 64, /^$/, /unknown option '-x'/],
  ['users link --help', 0, /\n\nexamples:\n {2}teamchat users link pluto\n/, /^$/],
  ['help config getprop', 0, /^usage: teamchat config getprop KEY PROPERTY\n/, /^$/],
  ['db accounts getprop --help', 0, /^usage: teamchat db accounts getprop KEY PROPERTY\n/, /^$/],
  ['statsu', 64, /^$/, /\ndid you mean status\? teamchat --help lists all commands$/],
  ['users lnk', 64, /^$/, /\ndid you mean users link\?/],
  ['sync', 64, /^$/, /\ndid you mean users sync\?/],
  ['bogus', 64, /^$/, /no such command\nteamchat --help lists all commands$/],
  ['status --jsn', 64, /^$/, /unknown option '--jsn'\ndid you mean --json\? usage: /],
  ['status x', 64, /^$/, /^cannot run status: unexpected argument 'x'\nusage: teamchat status/],
  ['users invite', 64, /^$/, /^cannot run users invite: NAME is missing\nusage: teamchat users invite NAME/],
  ['completion bsh', 64, /^$/, /\ndid you mean bash or zsh\? usage: /],
  ['--version', 0, /^teamchat 1\.2\.3\n$/, /^$/],
]

t.test('help in all the ways in which it is asked for, and what is no command', async t => {
  for (const [argv, status, stdout, stderr] of cases) {
    const words = argv.split(' ').filter(word => word !== '')
    const result = await run(words, t.testdir({}))
    t.equal(result.status, status, argv)
    t.match(result.stdout, stdout, argv)
    t.match(result.stderr, stderr, argv)
  }
})
