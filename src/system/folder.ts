import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises'
import { relative } from 'node:path'
import { TeamchatError } from '../errors.js'
import { writeError } from './write-error.js'

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/**
 * Opens `folder` component by component, none of which may be a symbolic link, and gives `use` a path below
 * `/proc/self/fd` that stays the same folder whatever is renamed meanwhile (whoever owns a folder in between could
 * swap it for a link), and the open handle. The path is also short enough for a Unix socket (107 bytes).
 * `root` ('' is /) is trusted as it is. Throws `files.unsafe` for a link, Node's ENOENT for a missing component.
 */
export async function withFolder<T>(
  folder: string,
  root: string,
  use: (path: string, handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await openFolder(folder, root)
  try {
    return await use(`/proc/self/fd/${handle.fd}`, handle)
  } finally {
    await handle.close()
  }
}

/** The opened folder itself; whoever asks closes it. See `withFolder`. */
export async function openFolder(folder: string, root: string): Promise<FileHandle> {
  const components = relative(root === '' ? '/' : root, folder)
    .split('/')
    .filter(name => name !== '')
  if (components[0] === '..') {
    throw new TeamchatError('files.unsafe', `cannot open ${folder}: it lies outside of ${root}`)
  }
  let handle = await open(root === '' ? '/' : root, constants.O_RDONLY | constants.O_DIRECTORY)
  let walked = root
  for (const name of components) {
    walked += `/${name}`
    const parent = handle
    try {
      handle = await open(`/proc/self/fd/${parent.fd}/${name}`, FOLDER_FLAGS)
    } catch (error) {
      throw await folderError(error, `/proc/self/fd/${parent.fd}/${name}`, walked)
    } finally {
      await parent.close()
    }
  }
  return handle
}

/**
 * Makes a folder and its missing parents below `root`; `mode` counts for the last one only, if it is made. Throws
 * `files.write`, `files.unsafe`.
 */
export async function makeFolder(folder: string, root: string, mode: number): Promise<void> {
  const names = relative(root === '' ? '/' : root, folder)
    .split('/')
    .filter(name => name !== '')
  if (root !== '') {
    await mkdir(root, { recursive: true }).catch(cause => {
      throw writeError(root, cause)
    })
  }
  let parent = root
  for (const [index, name] of names.entries()) {
    const last = index === names.length - 1
    const place = `${parent}/${name}`
    try {
      await withFolder(parent === '' ? '/' : parent, root, async (path, handle) => {
        await mkdir(`${path}/${name}`, last ? mode : 0o755)
        await handle.sync()
      })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(place, error)
    }
    parent = place
  }
}

async function folderError(error: unknown, path: string, shown: string): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException).code
  if (code !== 'ELOOP' && code !== 'ENOTDIR') return error
  const stat = await lstat(path).catch(() => undefined)
  if (stat === undefined || !stat.isSymbolicLink()) return error
  return new TeamchatError('files.unsafe', `cannot go into ${shown}: it is a symbolic link`, {
    hint: 'name the real path in the settings: links in between are not followed',
    cause: error,
  })
}
