import { reasonOf, TeamchatError } from '../errors.js'
import type { Exec } from '../system/exec.js'

/** What the service manager says of a unit; '' where it says nothing. */
export interface UnitFacts {
  unit: string
  loadState: string
  activeState: string
  subState: string
  /** enabled, disabled, static, masked … */
  unitFileState: string
  /** Id of the job that is under way; '' without one. */
  job: string
  result: string
  reloadResult: string
  user: string
  /** Group= and SupplementaryGroups=, beside the groups that the user is in anyway. */
  groups: string[]
  workingDirectory: string
  /** As systemctl prints it: blanks between, quoted where needed. */
  environment: string
  environmentFiles: string[]
  /** The words of its first ExecStart, before systemd puts variables in. */
  command: string[]
}

/** The verbs that act on a unit. */
export type UnitVerb = 'enable' | 'disable' | 'start' | 'stop' | 'restart' | 'reload'

export interface Systemctl {
  /** The program, for messages. */
  program: string
  show(unit: string): Promise<UnitFacts>
  /** `active`, `inactive`, `failed`, `activating` … */
  isActive(unit: string): Promise<string>
  isEnabled(unit: string): Promise<string>
  /** Asks for it and does not wait (enable and disable are done when it returns). Throws `services.failed`. */
  request(verb: UnitVerb, unit: string): Promise<void>
  /** Waits while a job is under way or the unit is between two states; at most `timeoutMs`, then undefined. */
  settled(unit: string, timeoutMs: number): Promise<UnitFacts | undefined>
  /** Cancels the unit's job, if there is one; a process that it has started goes on. */
  cancelJob(unit: string): Promise<void>
  /** Forgets failed starts, so that a start limit does not refuse the next. */
  resetFailed(unit: string): Promise<void>
}

export interface SystemctlOptions {
  exec: Exec
  env?: NodeJS.ProcessEnv
  sleep?: (milliseconds: number) => Promise<void>
  now?: () => number
}

const PROPERTIES =
  'LoadState,ActiveState,SubState,UnitFileState,Job,Result,ReloadResult,User,Group,SupplementaryGroups,WorkingDirectory,Environment,EnvironmentFiles,ExecStart'
const BETWEEN = new Set(['activating', 'deactivating', 'reloading', 'refreshing'])
const POLL_MS = 50
const SLOWEST_POLL_MS = 500

/**
 * The program in place of `systemctl`: `TEAMCHAT_SYSTEMCTL`, else systemctl itself; with --root and without the
 * variable none, and no service is touched.
 */
export function systemctlProgram(root: string, env: NodeJS.ProcessEnv): string | undefined {
  if (env.TEAMCHAT_SYSTEMCTL) return env.TEAMCHAT_SYSTEMCTL
  return root === '' ? 'systemctl' : undefined
}

/** systemctl, with the verbs that docs/reference lists and no others. Every action is `--no-block`, then polled. */
export function createSystemctl(program: string, options: SystemctlOptions): Systemctl {
  const sleep = options.sleep ?? (milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)))
  const now = options.now ?? Date.now
  // Words in the program's own language are for people; ours are compared.
  const env = { ...(options.env ?? process.env), LC_ALL: 'C', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0' }

  async function run(args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    try {
      return await options.exec(program, args, { env })
    } catch (cause) {
      throw new TeamchatError('services.failed', `cannot reach the service manager: ${reasonOf(cause)}`, {
        hint: 'is systemd there, and does the program exist? Without it: --root DIR and TEAMCHAT_SYSTEMCTL',
        cause,
      })
    }
  }
  async function show(unit: string): Promise<UnitFacts> {
    const { status, stdout, stderr } = await run(['show', '-p', PROPERTIES, unit])
    if (status !== 0) {
      throw new TeamchatError(
        'services.failed',
        `cannot ask ${program} about ${unit}: ${lastLine(stderr, status)}`,
      )
    }
    return unitFacts(unit, stdout)
  }
  async function settled(unit: string, timeoutMs: number): Promise<UnitFacts | undefined> {
    const end = now() + timeoutMs
    for (let wait = POLL_MS; ; wait = Math.min(SLOWEST_POLL_MS, wait * 1.5)) {
      const facts = await show(unit)
      if (facts.job === '' && !isBetween(facts)) return facts
      if (now() >= end) return undefined
      await sleep(wait)
    }
  }
  return {
    program,
    show,
    settled,
    isActive: async unit => (await run(['is-active', unit])).stdout.trim(),
    isEnabled: async unit => (await run(['is-enabled', unit])).stdout.trim(),
    request: async (verb, unit) => {
      const file = verb === 'enable' || verb === 'disable'
      const { status, stderr } = await run(file ? [verb, unit] : [verb, '--no-block', unit])
      if (status === 0) return
      throw new TeamchatError('services.failed', `cannot ${verb} ${unit}: ${lastLine(stderr, status)}`, {
        hint: `see ${program} status ${unit}; it is tried again`,
      })
    },
    cancelJob: async unit => {
      const { job } = await show(unit)
      if (job !== '') await run(['cancel', job])
    },
    resetFailed: async unit => {
      await run(['reset-failed', unit])
    },
  }
}

/** True while the unit is on its way. `auto-restart` is a failure that systemd will try again, no start under way. */
export function isBetween(facts: UnitFacts): boolean {
  return BETWEEN.has(facts.activeState) && !facts.subState.startsWith('auto-restart')
}

function unitFacts(unit: string, text: string): UnitFacts {
  const lines = text
    .split('\n')
    .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
  const of = (name: string) => lines.find(([key]) => key === name)?.[1]?.trim() ?? ''
  const job = of('Job')
  return {
    unit,
    loadState: of('LoadState'),
    activeState: of('ActiveState'),
    subState: of('SubState'),
    unitFileState: of('UnitFileState'),
    job: job === '0' ? '' : job,
    result: of('Result'),
    reloadResult: of('ReloadResult'),
    user: of('User'),
    groups: [of('Group'), ...of('SupplementaryGroups').split(' ')].filter(name => name !== ''),
    // `!` and `-` in front are systemd's own marks.
    workingDirectory: of('WorkingDirectory').replace(/^[!-]+/, ''),
    environment: of('Environment'),
    environmentFiles: lines
      .filter(([key]) => key === 'EnvironmentFiles')
      .map(([, value]) => (value ?? '').replace(/ \(ignore_errors=(yes|no)\)$/, ''))
      .filter(path => path !== ''),
    command: commandOf(of('ExecStart')),
  }
}

/** `{ path=/opt/x ; argv[]=/opt/x server --config y ; ignore_errors=no ; … }` */
function commandOf(text: string): string[] {
  const words = /argv\[\]=(.*?) ; ignore_errors=/.exec(text)?.[1] ?? ''
  return words.split(' ').filter(word => word !== '')
}

function lastLine(stderr: string, status: number): string {
  return stderr.trim().split('\n').at(-1) || `exit status ${status}`
}
