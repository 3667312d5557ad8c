import { constants, lstatSync, openSync, readlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { relative } from 'node:path'
import { TeamchatError } from '../../errors.js'
import { writeError } from './errors.js'
import { Descriptor } from './open-file.js'

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/** A folder that is open: the same one whatever is renamed meanwhile. */
export class OpenFolder extends Descriptor {
  /** A path that leads into it; short enough for a Unix socket (107 bytes). */
  get path(): string {
    return `/proc/self/fd/${this.fd}`
  }
}

/**
 * Opens `folder` component by component, none of which may be a symbolic link, and gives `use` a path below
 * `/proc/self/fd` that stays the same folder whatever is renamed meanwhile (whoever owns a folder in between could
 * swap it for a link), and the open folder. `root` ('' is /) is trusted as it is. Throws `files.unsafe` for a link,
 * Node's ENOENT for a missing component.
 */
export async function withFolder<T>(
  folder: string,
  root: string,
  use: (path: string, opened: OpenFolder) => Promise<T>,
): Promise<T> {
  const opened = openFolder(folder, root)
  try {
    return await use(opened.path, opened)
  } finally {
    opened.close()
  }
}

/** The opened folder itself; whoever asks closes it. See `withFolder`. */
export function openFolder(folder: string, root: string): OpenFolder {
  const components = relative(root === '' ? '/' : root, folder)
    .split('/')
    .filter(name => name !== '')
  if (components[0] === '..') {
    throw new TeamchatError('files.unsafe', `cannot open ${folder}: it lies outside of ${root}`)
  }
  const whole = openWhole(`${root}/${components.join('/')}`)
  if (whole !== undefined) return whole
  let opened = new OpenFolder(openSync(root === '' ? '/' : root, constants.O_RDONLY | constants.O_DIRECTORY))
  let walked = root
  for (const name of components) {
    walked += `/${name}`
    const parent = opened
    try {
      opened = new OpenFolder(openSync(`${parent.path}/${name}`, FOLDER_FLAGS))
    } catch (error) {
      throw folderError(error, `${parent.path}/${name}`, walked)
    } finally {
      parent.close()
    }
  }
  return opened
}

/**
 * Makes a folder and its missing parents below `root`; `mode` counts for the last one only, if it is made. Throws
 * `files.write`, `files.unsafe`.
 */
export async function makeFolder(folder: string, root: string, mode: number): Promise<void> {
  const names = relative(root === '' ? '/' : root, folder)
    .split('/')
    .filter(name => name !== '')
  if (isThere(folder, root)) return
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
      await withFolder(parent === '' ? '/' : parent, root, async (path, opened) => {
        await mkdir(`${path}/${name}`, last ? mode : 0o755)
        await opened.sync()
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
function openWhole(folder: string): OpenFolder | undefined {
  let opened: OpenFolder | undefined
  try {
    opened = new OpenFolder(openSync(folder, FOLDER_FLAGS))
    if (readlinkSync(opened.path) === folder) return opened
  } catch {
    // The walk says why.
  }
  opened?.close()
  return undefined
}

/** Also false where it cannot be said: whoever makes the folder then says why. */
function isThere(folder: string, root: string): boolean {
  try {
    openFolder(folder, root).close()
    return true
  } catch {
    return false
  }
}

function folderError(error: unknown, path: string, shown: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code !== 'ELOOP' && code !== 'ENOTDIR') return error
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return error
  return new TeamchatError('files.unsafe', `cannot go into ${shown}: it is a symbolic link`, {
    hint: 'name the real path in the settings: links in between are not followed',
    cause: error,
  })
}
