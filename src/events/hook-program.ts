import { dirname } from 'node:path'
import { exitStatus, reasonOf } from '../errors.js'
import type { Exec, ExecResult } from '../system/exec.js'
import type { ProgramHook } from './hooks.js'
import type { Outcome, TeamchatEvent } from './types.js'

export interface HookProgramParts {
  exec: Exec
  env: NodeJS.ProcessEnv
  /** --root; '' for the real system. */
  root: string
  timeoutMs: number
  /** Ends it when the daemon stops; the event is kept. */
  signal: AbortSignal
  log: { info(members: object, text: string): void; warn(members: object, text: string): void }
}

/** A hook that talks all day must not fill the journal. */
const LINES_LOGGED = 50
const LINES_REPORTED = 3
const LINE_LIMIT = 200
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Runs an executable hook as `HANDLER EVENT ARG…`, without a shell, in a clean environment, in `/`. 0 is done, 75 is to be
 * tried later, everything else has failed. What it prints goes to the log, its last lines into the outcome.
 */
export async function runHookProgram(
  hook: ProgramHook,
  event: TeamchatEvent,
  parts: HookProgramParts,
): Promise<Outcome> {
  const { exec, timeoutMs, signal } = parts
  try {
    const env = environment(parts)
    const args = [event.name, ...event.args]
    const result = await exec(hook.path, args, { env, cwd: '/', timeoutMs, signal })
    return outcomeOf(hook, result, tell(hook, event, result, parts))
  } catch (error) {
    if (signal.aborted) {
      const reason = `${hook.name} was ended, since teamchatd stops`
      return { state: 'waiting', message: reason, reason, hint: 'it runs again once teamchatd does' }
    }
    const message = `${hook.name} has failed: ${reasonOf(error)}`
    const hint = /did not end/.test(message)
      ? `let it end sooner or exit 75, or allow it more: teamchat config setprop teamchatd HookTimeout SECONDS`
      : `look at ${hook.path} and its first line`
    parts.log.warn({ event: event.id, hook: hook.name, hint }, message)
    return { state: 'failed', message, hint }
  }
}

function outcomeOf(hook: ProgramHook, { status }: ExecResult, last: string): Outcome {
  const said = last === '' ? '' : `: ${last}`
  if (status === 0) return { state: 'done', message: `${hook.name} is done` }
  if (status === exitStatus.tryLater) {
    const reason = `${hook.name} asks to be run again later${said}`
    return {
      state: 'waiting',
      message: reason,
      reason,
      hint: `it ends with ${exitStatus.tryLater} until it is through`,
    }
  }
  const how = status === -1 ? 'a signal ended it' : `exit status ${status}`
  const hint = `see journalctl -u teamchatd; then fire the event again`
  return { state: 'failed', message: `${hook.name} has failed (${how})${said}`, hint }
}

/** Logs what was printed; gives its last lines on one. */
function tell(
  hook: ProgramHook,
  event: TeamchatEvent,
  { status, stdout, stderr }: ExecResult,
  { log }: HookProgramParts,
): string {
  const lines = `${stdout}\n${stderr}`
    .split('\n')
    .map(line => line.replaceAll(/\p{Cc}/gu, ' ').trim())
    .filter(line => line !== '')
  const members = { event: event.id, hook: hook.name }
  const dropped = lines.length - LINES_LOGGED
  if (dropped > 0) log.info(members, `(${dropped} lines before these)`)
  for (const line of lines.slice(-LINES_LOGGED)) {
    if (status === 0) log.info(members, line)
    else log.warn(members, line)
  }
  return lines
    .slice(-LINES_REPORTED)
    .map(line => line.slice(0, LINE_LIMIT))
    .join(' / ')
}

/** Nothing of the daemon's own, so that a hook does the same whoever started the daemon and how. */
function environment({ env, root }: HookProgramParts): NodeJS.ProcessEnv {
  return {
    // Behind the usual folders Node's own, for hooks that are written for it.
    PATH: `${PATH}:${dirname(process.execPath)}`,
    HOME: '/root',
    LANG: 'C.UTF-8',
    ...(root === '' ? {} : { TEAMCHAT_ROOT: root }),
    ...(env.DBPATH ? { DBPATH: env.DBPATH } : {}),
  }
}
