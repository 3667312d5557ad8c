import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { isMissing } from './missing.js'

/** The name beside `name` under which what will take its place is made; no program reads it, see `isTemporary`. */
export function temporaryName(name: string): string {
  return `${prefixOf(name)}${randomBytes(6).toString('hex')}`
}

/** Whether `found` is what a killed write of `name` has left. */
export function isTemporary(found: string, name: string): boolean {
  const prefix = prefixOf(name)
  return found.startsWith(prefix) && /^[0-9a-f]{12}$/.test(found.slice(prefix.length))
}

/** Makes a file of mode 0600 beside `target`, which `fill` fills, syncs it, and gives it that name; leaves nothing where it fails. */
export async function putFile(target: string, fill: (file: FileHandle) => Promise<void>): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  await putTemporary(target, async temporary => {
    const file = await open(temporary, flags, 0o600)
    try {
      await fill(file)
      await file.sync()
    } finally {
      await file.close()
    }
  })
}

/** Has something made under a name beside `target`, and gives it that name; leaves nothing where it fails. */
export async function putTemporary(
  target: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${target.slice(0, -basename(target).length)}${temporaryName(basename(target))}`
  try {
    await make(temporary)
    await rename(temporary, target)
  } catch (cause) {
    await removeQuietly(temporary)
    throw cause
  }
}

async function removeQuietly(temporary: string): Promise<void> {
  try {
    await unlink(temporary)
  } catch (error) {
    // The first error is the one that counts; a temporary name that never came to be is expected here.
    if (!isMissing(error)) process.emitWarning(`cannot remove ${basename(temporary)}`)
  }
}

function prefixOf(name: string): string {
  return `.${name}.teamchatd-`
}
