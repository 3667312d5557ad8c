import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readlink } from 'node:fs/promises'
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
  const whole = await openWhole(`${root}/${components.join('/')}`)
  if (whole !== undefined) return whole
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
  if (await isThere(folder, root)) return
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

/**
 * The folder in one step where the kernel says that what was opened lies under this very name, which it does not where
 * any component is a link; nobody but root can bring a folder of root's there meanwhile. Else undefined: then one looks
 * component by component, and finds what is wrong.
 */
async function openWhole(folder: string): Promise<FileHandle | undefined> {
  const handle = await open(folder, FOLDER_FLAGS).catch(() => undefined)
  if (handle === undefined) return undefined
  const name = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => undefined)
  if (name === folder) return handle
  await handle.close()
  return undefined
}

/** Also false where it cannot be said: whoever makes the folder then says why. */
async function isThere(folder: string, root: string): Promise<boolean> {
  try {
    await (await openFolder(folder, root)).close()
    return true
  } catch {
    return false
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
