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
