import type { Exec } from '../system/exec.js'
import type { UnitFacts } from './systemd.js'

/** Whom a service runs as. */
export interface UnitIds {
  uid: number
  gids: readonly number[]
}

/** What stat(2) says of a file. */
export interface FileAccess {
  uid: number
  gid: number
  mode: number
}

/** undefined where the service runs as root, or where the host knows no such user (DynamicUser=). */
export async function idsOfUnit(
  { user, groups }: Pick<UnitFacts, 'user' | 'groups'>,
  exec: Exec,
): Promise<UnitIds | undefined> {
  if (['', '0', 'root'].includes(user)) return undefined
  const numbers = async (program: string, ...args: string[]) => {
    const { status, stdout } = await exec(program, args)
    return status === 0 ? stdout.trim() : ''
  }
  const [uid, own, ...more] = await Promise.all([
    numbers('id', '-u', '--', user),
    numbers('id', '-G', '--', user),
    // NAME:PASSWORD:GID:MEMBERS
    ...groups.map(async group => (await numbers('getent', 'group', group)).split(':')[2] ?? ''),
  ])
  if (!/^\d+$/.test(uid)) return undefined
  const gids = [...own.split(' '), ...more].filter(word => /^\d+$/.test(word)).map(Number)
  return { uid: Number(uid), gids }
}

/** By owner and mode, as the kernel decides; other means (ACLs, capabilities) are not looked at. */
export function mayRead({ uid, gid, mode }: FileAccess, ids: UnitIds): boolean {
  const bit = uid === ids.uid ? 0o400 : ids.gids.includes(gid) ? 0o040 : 0o004
  return (mode & bit) !== 0
}
