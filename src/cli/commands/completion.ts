import { exitStatus, TeamchatError } from '../../errors.js'
import { allCommands } from '../all-commands.js'
import { defineCommand } from '../command.js'
import { completionScript, isShell, SHELLS } from '../completion/script.js'
import { didYouMean } from '../did-you-mean.js'
import { write } from '../io.js'

export const command = defineCommand({
  name: 'completion',
  summary: 'prints the completion script of a shell',
  description: ['The package brings the same scripts in docs/completion.'],
  operands: { shell: { shown: 'bash|zsh|fish', complete: SHELLS } },
  examples: [
    { run: 'source <(teamchat completion bash)', text: 'Complete in this shell.' },
    {
      run: 'teamchat completion fish > /etc/fish/completions/teamchat.fish',
      text: 'Complete for every user of fish.',
    },
  ],
  noJson: 'it prints a script for a shell',
  async run({ io }, { operands: { shell } }) {
    if (!isShell(shell)) {
      const hints = [didYouMean(shell, SHELLS), `usage: teamchat completion ${SHELLS.join('|')}`]
      throw new TeamchatError('usage', `cannot complete in ${JSON.stringify(shell)}: the shell is unknown`, {
        hint: hints.filter(hint => hint !== '').join(' '),
      })
    }
    await write(io.stdout, completionScript(shell, await allCommands()))
    return exitStatus.done
  },
})
