import { createSystemctl, systemctlProgram } from '../services/systemd.js'
import { type Exec, exec } from '../system/exec.js'

/**
 * The uid that Mattermost's unit runs as, beside which only root may own the local-mode socket. Empty where no service
 * manager may be asked (--root without TEAMCHAT_SYSTEMCTL), where the unit runs as root, or where its user is unknown.
 */
export async function uidsOfUnit(
  unit: string,
  root: string,
  env: NodeJS.ProcessEnv,
  run: Exec = exec,
): Promise<number[]> {
  const program = systemctlProgram(root, env)
  if (program === undefined) return []
  const { user } = await createSystemctl(program, { exec: run, env }).show(unit)
  if (user === '') return []
  if (/^\d+$/.test(user)) return [Number(user)]
  const answer = await run('id', ['-u', '--', user])
  return answer.status === 0 ? [Number(answer.stdout.trim())] : []
}
