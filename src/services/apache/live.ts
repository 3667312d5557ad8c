import type { Exec } from '../../system/exec.js'
import type { ApacheProgram } from './program.js'

/** What Apache says of its live configuration. */
export interface ApacheState {
  /** `ssl_module` …; undefined where the configuration is broken, since Apache lists none then. */
  modules: string[] | undefined
  /** Its complaint on one line; undefined where its own test passes. */
  complaint: string | undefined
}

/** Asks Apache for its modules (`-M`) and, where it names none, for what is wrong (`-t`). Nothing is changed. */
export async function readApacheState(
  program: ApacheProgram,
  exec: Exec,
  env: NodeJS.ProcessEnv,
): Promise<ApacheState> {
  const listed = await exec(program.path, ['-M'], { env })
  const tested = await exec(program.path, ['-t'], { env })
  return {
    modules: listed.status === 0 ? modulesOf(listed.stdout) : undefined,
    complaint: tested.status === 0 ? undefined : complaintOf(tested.stderr || tested.stdout, tested.status),
  }
}

/** `apache2ctl -M` prints a heading, then ` ssl_module (shared)` a line. */
export function modulesOf(text: string): string[] {
  return [...text.matchAll(/^\s*(\w+_module)\s+\(\w+\)/gm)].map(match => match[1] ?? '')
}

function complaintOf(text: string, status: number): string {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !/^AH00558|^Action '.*' failed|^The Apache error log may/.test(line))
  return lines.join(' ') || `exit status ${status}`
}
