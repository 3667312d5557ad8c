import { randomBytes } from 'node:crypto'
import { lstatSync, renameSync, unlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { itemsSettledOrThrow } from '../concurrency/all-settled-or-throw.js'
import { isMissing } from './errors.js'
import type { OpenFolder } from './folder.js'
import { OpenFile } from './open-file.js'

/** The name beside `name` under which what will take its place is made; no program reads it, see `isTemporary`. */
function temporaryFileName(name: string): string {
  return `${prefixOf(name)}${randomBytes(6).toString('hex')}`
}

/** Whether `found` is what a killed write of `name` has left. */
export function isTemporary(found: string, name: string): boolean {
  const prefix = prefixOf(name)
  return found.startsWith(prefix) && /^[0-9a-f]{12}$/.test(found.slice(prefix.length))
}

/** Makes a file of mode 0600 beside `target`, which `fill` fills, syncs it, and gives it that name; leaves nothing where it fails. */
export async function putFile(target: string, fill: (file: OpenFile) => Promise<void>): Promise<void> {
  await putTemporary(target, async temporary => {
    const file = OpenFile.create(temporary)
    try {
      await fill(file)
      await file.sync()
    } finally {
      file.close()
    }
  })
}

/**
 * Makes a file of mode 0600 that `fill` fills, under its own name from the start, made durable with it in one commit of
 * the file system; what had the name is taken away first. After a power cut the name may stand for a part of the text:
 * for whoever can tell that from the whole, and needs no former one. Leaves nothing where it fails.
 */
export async function putFileEarly(
  target: string,
  folder: OpenFolder,
  fill: (file: OpenFile) => Promise<void>,
): Promise<void> {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) unlinkSync(target)
  const file = OpenFile.create(target)
  try {
    await fill(file)
    await itemsSettledOrThrow([file.sync(), folder.sync()])
  } catch (cause) {
    removeQuietly(target)
    throw cause
  } finally {
    file.close()
  }
}

/** Has something made under a name beside `target`, and gives it that name; leaves nothing where it fails. */
export async function putTemporary(
  target: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${target.slice(0, -basename(target).length)}${temporaryFileName(basename(target))}`
  try {
    await make(temporary)
    renameSync(temporary, target)
  } catch (cause) {
    removeQuietly(temporary)
    throw cause
  }
}

/** Takes away what a write that failed has made. */
export function removeQuietly(made: string): void {
  try {
    unlinkSync(made)
  } catch (error) {
    // The first error is the one that counts; a name that never came to be is expected here.
    if (!isMissing(error)) process.emitWarning(`cannot remove ${basename(made)}`)
  }
}

export function prefixOf(name: string): string {
  return `.${name}.teamchatd-`
}
