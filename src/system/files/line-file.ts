import { type BigIntStats, constants, fstatSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { TeamchatError } from '../../errors.js'
import { missingIsUndefined, writeError } from './errors.js'
import { withFolder } from './folder.js'
import { OpenFile } from './open-file.js'

/** Tells one content of a file from another one: `key` changes with each write and each replacement. */
export interface FileVersion {
  key: string
  bytes: number
}

/** undefined where the file is missing. */
export function versionOf(path: string): FileVersion | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : fileVersion(found)
}

/**
 * Adds `content` to the end of an existing file and resolves with its new version once it is on the disk. Throws
 * `files.write`, also where the file is not in `version` any more; what is cut off then is for the reader to see.
 */
export async function appendDurably(
  path: string,
  content: string,
  { root, version }: { root: string; version: FileVersion },
): Promise<FileVersion> {
  try {
    return await withFolder(dirname(path), root, async folder => {
      const file = OpenFile.extend(`${folder}/${basename(path)}`)
      try {
        if (fileVersion(fstatSync(file.fd, { bigint: true })).key !== version.key)
          throw changedMeanwhile(path)
        await file.write(content)
        await file.sync()
        return fileVersion(fstatSync(file.fd, { bigint: true }))
      } finally {
        file.close()
      }
    })
  } catch (cause) {
    throw writeError(path, cause)
  }
}

/** For writers who find that the file is not what they have read. */
export function changedMeanwhile(path: string): TeamchatError {
  return new TeamchatError('files.write', `cannot write ${path}: it has been changed by somebody else`, {
    hint: 'nothing was overwritten; it is read anew at the next run',
  })
}

const CHUNK = 256 * 1024

/**
 * Gives the lines of a UTF-8 file to `take`, without their line feeds, and never more than a piece of it is in memory.
 * Resolves with what follows the last line feed; undefined where the file is missing. Other errors are Node's own.
 */
export async function readLines(path: string, take: (line: string) => void): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(missingIsUndefined)
  if (file === undefined) return undefined
  try {
    let rest = Buffer.alloc(0)
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK)
      if (bytesRead === 0) return rest.toString('utf8')
      const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      let start = 0
      for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, start)) {
        take(data.toString('utf8', start, end))
        start = end + 1
      }
      rest = data.subarray(start)
    }
  } finally {
    await file.close()
  }
}

function fileVersion({ dev, ino, size, mtimeNs }: BigIntStats): FileVersion {
  return { key: `${dev}:${ino}:${size}:${mtimeNs}`, bytes: Number(size) }
}
