import { type Filter, GreaterThanEqualsFilter } from 'ldapts'
import { firstText } from '../attributes.js'
import type { ChangeMark, CounterReading } from '../change-mark.js'
import type { DirectoryConnection } from '../ldap/connection.js'
import { guidText } from './guid.js'

/** The domain controller's own number of an object's last change. */
export const activeDirectoryStamp = 'uSNChanged'

/** The id of a controller's database, as bytes; it changes where a backup is restored. */
export const invocationId = 'invocationId'

/** Reads highestCommittedUSN, and whose it is: every controller counts for itself (MS-ADTS 3.1.1.3.2). */
export async function activeDirectoryCounter(
  connection: DirectoryConnection,
  url: string,
): Promise<CounterReading> {
  const root = await connection.readEntry('', ['highestCommittedUSN', 'dsServiceName'])
  const usn = root === undefined ? '' : firstText(root, 'highestcommittedusn')
  const service = root === undefined ? '' : firstText(root, 'dsservicename')
  if (!/^\d{1,20}$/.test(usn) || service === '') {
    return { kind: 'none', reason: `${url} shows no highestCommittedUSN` }
  }
  const settings = await connection.readEntry(service, [invocationId])
  const [id] = settings?.values.get(invocationId.toLowerCase()) ?? []
  const bytes = typeof id === 'string' ? Buffer.from(id, 'utf8') : id
  // Hidden from the bind account: the controller's name, which a restored database keeps, tells others apart.
  const server = (bytes === undefined ? undefined : guidText(bytes)) ?? service.toLowerCase()
  return { kind: 'usn', server, url, usn: BigInt(usn) }
}

/** Objects that changed after `before` on the same controller; undefined: it is another one's mark. */
export function activeDirectoryChanged(before: ChangeMark, now: ChangeMark): Filter | undefined {
  if (before.kind !== 'usn' || now.kind !== 'usn' || before.server !== now.server) return undefined
  return new GreaterThanEqualsFilter({ attribute: activeDirectoryStamp, value: String(before.usn + 1n) })
}
