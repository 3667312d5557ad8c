import { constants } from 'node:fs'
import { access, type FileHandle, open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

/** The most bytes that the path of a Unix socket can have. */
const longestPath = 107

/** Where slapd's socket usually lies: Debian, then Red Hat. */
export const usualSockets: readonly string[] = [
  '/run/slapd/ldapi',
  '/var/run/slapd/ldapi',
  '/run/ldapi',
  '/var/run/ldapi',
]

/** A path that can be connected to until it is closed. */
export interface UnixSocketPath {
  path: string
  close(): Promise<void>
}

/** `path` itself, or where it is too long for a socket the same one below its folder's descriptor. */
export async function openUnixSocket(path: string): Promise<UnixSocketPath> {
  if (Buffer.byteLength(path) <= longestPath) return { path, close: async () => undefined }
  const folder: FileHandle = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY)
  return { path: `/proc/self/fd/${folder.fd}/${basename(path)}`, close: () => folder.close() }
}

/** The first of the usual sockets that is there, each put below --root; the first one where none is. */
export async function findUsualSocket(below: (path: string) => string): Promise<string> {
  for (const candidate of usualSockets.map(below)) {
    const there = await access(candidate).then(
      () => true,
      () => false,
    )
    if (there) return candidate
  }
  return below(usualSockets[0] ?? '')
}
