import { TeamchatError } from '../../errors.js'
import { globalOptions, shownOperands } from '../command.js'
import { verbs } from '../commands/config/index.js'
import { didYouMean, hintAfter } from '../did-you-mean.js'
import { entryLines, helpOf } from '../help.js'
import { named } from './check-words.js'
import type { DbTarget } from './io.js'

/** What `--help` prints: of one verb, or the list of all. Throws `usage` for a verb that does not exist. */
export async function verbHelp(target: DbTarget, name: string): Promise<string> {
  if (name === '') return listOf(target)
  const entry = verbs.get(name)
  if (entry === undefined) throw unknownVerb(target, name)
  const { verb } = await entry.load()
  const takesInput = Object.values(verb.operands ?? {}).some(operand => operand.input === true)
  return helpOf(named(target, verb), takesInput ? [DASH] : [], { help: globalOptions.help })
}

/** The error for a verb that is missing or unknown: the nearest ones. */
export function unknownVerb({ program, isConfiguration }: DbTarget, name: string): TeamchatError {
  const reason = name === '' ? 'no command is given' : `there is no command "${name}"`
  const known = [...verbs.keys()].filter(verb => isConfiguration || verb !== 'describe')
  return new TeamchatError('usage', `cannot run ${program}: ${reason}`, {
    hint: hintAfter(didYouMean(name, known), `${program} --help lists all commands`),
  })
}

const DASH = 'A value "-" is read from standard input, without its final newline.'

async function listOf({ program, isConfiguration }: DbTarget): Promise<string> {
  const rows = await Promise.all(
    [...verbs].map(async ([name, { summary, load }]): Promise<[string, string]> => {
      const { verb } = await load()
      return [`${name} ${shownOperands(verb.operands)}`.trim(), summary]
    }),
  )
  const shown = rows.filter(([name]) => isConfiguration || !name.startsWith('describe'))
  const what = isConfiguration
    ? 'Reads and writes the configuration DB; a change takes effect by itself while\nteamchatd runs.'
    : 'Reads and writes a DB; NAME is below /var/lib/nethserver/db (environment\nDBPATH), or an absolute path.'
  return `Usage: ${program} COMMAND [--escape] [--] ...

${what}

${entryLines(shown).join('\n')}

A VALUE, TYPE or JSON "-" is read from standard input, without its final
newline: so a password stays out of the process list.
--escape   store each "|" of a value as "\\|"; without it such a value is refused
--         all that follows is an operand, whatever it looks like
${program} COMMAND --help tells more.

Exit status: 0 done; 1 missing, or refused because the file cannot hold it;
64 usage; 75 another process holds the lock; 77 not allowed; 78 a property that
teamchatd knows has a wrong value, the DB is untouched.
`
}
