import type { CommandTexts } from '../all-commands.js'
import { bashScript } from './bash.js'
import { fishScript } from './fish.js'
import { completionModel } from './model.js'
import type { Shell } from './shells.js'
import { zshScript } from './zsh.js'

/** The completion script of a shell for the three programs. */
export function completionScript(shell: Shell, texts: CommandTexts): string {
  const model = completionModel(texts)
  if (shell === 'bash') return bashScript(model)
  return shell === 'zsh' ? zshScript(model) : fishScript(model)
}
