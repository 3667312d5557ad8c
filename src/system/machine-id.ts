import { createHash } from 'node:crypto'
import { readFileIfPresent } from './files/files.js'

/**
 * The id of this machine, from /etc/machine-id, hashed as machine-id(5) asks of whoever keeps it. undefined where there
 * is none (a container without, a first boot).
 */
export async function machineId(path: string): Promise<string | undefined> {
  const text = (await readFileIfPresent(path))?.toString('latin1').trim() ?? ''
  if (!/^[0-9a-f]{32}$/.test(text)) return undefined
  return createHash('sha256').update(`teamchatd ${text}`).digest('hex').slice(0, 32)
}
