import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitStatus, TeamchatError } from '../../errors.js'
import { projectRoot } from '../../paths.js'
import { defineCommand } from '../command.js'
import { isShell, SHELLS, scriptFiles } from '../completion/shells.js'
import { didYouMean, hintAfter } from '../did-you-mean.js'
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
      throw new TeamchatError('usage', `cannot complete in ${JSON.stringify(shell)}: the shell is unknown`, {
        hint: hintAfter(didYouMean(shell, SHELLS), `usage: teamchat completion ${SHELLS.join('|')}`),
      })
    }
    await write(io.stdout, readFileSync(join(projectRoot(), 'docs/completion', scriptFiles[shell]), 'utf8'))
    return exitStatus.done
  },
})
