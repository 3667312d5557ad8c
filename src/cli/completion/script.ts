import type { CommandTexts } from '../all-commands.js'
import { bashScript } from './bash.js'
import { fishScript } from './fish.js'
import { completionModel } from './model.js'
import { zshScript } from './zsh.js'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

export function isShell(word: string): word is Shell {
  return SHELLS.some(shell => shell === word)
}

/** File names of the scripts in docs/completion, as each shell looks for them. */
export const scriptFiles: Readonly<Record<Shell, string>> = {
  bash: 'teamchat.bash',
  zsh: '_teamchat',
  fish: 'teamchat.fish',
}

/** The completion script of a shell for the three programs. */
export function completionScript(shell: Shell, texts: CommandTexts): string {
  const model = completionModel(texts)
  if (shell === 'bash') return bashScript(model)
  return shell === 'zsh' ? zshScript(model) : fishScript(model)
}
