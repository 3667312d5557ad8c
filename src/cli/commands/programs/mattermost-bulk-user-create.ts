import { type ExitStatus, TeamchatError } from '../../../errors.js'
import { importUsers } from '../../bulk-user-create.js'
import { defineCommand, synopsesOf } from '../../command.js'
import { readInput } from '../../io.js'

export const command = defineCommand({
  name: '',
  program: 'mattermost-bulk-user-create',
  synopsis: ['[PASSWORD | --password-stdin] [--json]'],
  summary: 'creates a Mattermost user for everybody in the account provider',
  description: [
    'It creates a default team named as the Company, skips locked and existing users, gives each new one a random password and prints it, and makes the first imported user administrator where there is none.',
    'With PASSWORD every new user gets that password. Other users of the machine can read an argument for a moment: --password-stdin reads the password from standard input instead.',
    'Exit status: 0 done, 1 somebody could not be created, 69 Mattermost or the directory cannot be reached, 78 the configuration is wrong.',
  ],
  options: {
    passwordStdin: { text: 'read the password from standard input' },
    json: { text: 'print one JSON value at the end: every line with its password, and the report' },
  },
  operands: { passwords: { shown: 'PASSWORD', count: 'any', secret: true } },
  examples: [
    { run: 'mattermost-bulk-user-create', text: 'Give everybody a random password and print it.' },
    {
      run: 'mattermost-bulk-user-create --password-stdin < first-password',
      text: 'Give everybody the same password.',
    },
  ],
  async run(context, { options, operands: { passwords } }): Promise<ExitStatus> {
    const fromInput = options.passwordStdin
    if (passwords.length > (fromInput ? 0 : 1)) {
      throw new TeamchatError('usage', 'cannot import users: more than one password is given', {
        hint: `usage: ${synopsesOf(command).join(' | ')}`,
      })
    }
    const password = fromInput ? await readInput(context.io.stdin) : passwords[0]
    if (password === '') {
      throw new TeamchatError('usage', 'cannot import users: the given password is empty', {
        hint: 'leave it out to give everybody a random one',
      })
    }
    return importUsers(context, { password, json: options.json })
  },
})
