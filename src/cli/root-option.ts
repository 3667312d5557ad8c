import { TeamchatError } from '../errors.js'

/** Takes `--root DIR` from before the command, where it stands for every command, `config` included. */
export function takeRoot(argv: string[]): { root: string | undefined; rest: string[] } {
  const [first, second, ...others] = argv
  if (first?.startsWith('--root=')) return { root: first.slice('--root='.length), rest: argv.slice(1) }
  if (first !== '--root') return { root: undefined, rest: argv }
  if (second === undefined) throw new TeamchatError('usage', 'cannot take --root: the folder is missing')
  return { root: second, rest: others }
}
