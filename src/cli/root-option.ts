import { TeamchatError } from '../errors.js'

/** Takes `--root DIR` from before the command, where it stands for every command, `config` included. */
export function takeRoot(argv: string[]): { root: string | undefined; rest: string[] } {
  const [first, second, ...others] = argv
  if (first?.startsWith('--root='))
    return { root: checkRoot(first.slice('--root='.length)), rest: argv.slice(1) }
  if (first !== '--root') return { root: undefined, rest: argv }
  return { root: checkRoot(second), rest: others }
}

/** Refuses an empty folder: a script's unset variable must not turn a trial into work on the real system. */
function checkRoot(root: string | undefined): string {
  if (root !== undefined && root !== '') return root
  throw new TeamchatError('usage', 'cannot take --root: the folder is missing', {
    hint: 'name one, or leave --root out to work on this system',
  })
}

/** The root of a command: the option, else the environment's TEAMCHAT_ROOT; undefined is the real system. */
export function rootOf(option: unknown, env: NodeJS.ProcessEnv): string | undefined {
  return typeof option === 'string' ? checkRoot(option) : env.TEAMCHAT_ROOT
}
