import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { dataDirectoryOf } from '../config/template-variables.js'
import { isMissing } from '../system/files/errors.js'
import type { Check } from './check.js'
import { fail, pass, type Said, shellWord, warn } from './finding.js'

/** One file system, with the folders of ours that lie on it. */
export interface Disk {
  folders: string[]
  /** Bytes for somebody without privileges, and altogether. */
  free: number
  size: number
  /** Inodes; total 0 where the file system has no such limit. */
  freeInodes: number
  inodes: number
}

const GB = 1e9
/** Below this a database stops soon; a full disk takes Mattermost, the DB's writes and our state with it. */
const FAIL_BYTES = 0.1 * GB
const WARN_BYTES = 1 * GB
/** Of a big disk some per cent are plenty, of a small one 1 GB is. */
const WARN_SHARE = 0.05
const PLENTY_BYTES = 10 * GB
const FEW_INODES = 1000

/** Room for our state, Mattermost's data and the DB. */
export const diskCheck: Check = {
  name: 'disk',
  look: async ({ paths, settings }) => {
    const data = paths.below(dataDirectoryOf(settings, paths.isEsmith).replace(/\/$/, ''))
    return judgeDisks(await readDisks([paths.stateFolder, data, dirname(paths.configurationDb)]))
  },
}

export function judgeDisks(disks: Disk[]): Said[] {
  return disks.map(disk => {
    const { free, size } = disk
    const subject = disk.folders.join(', ')
    const room = `${shown(free)} of ${shown(size)} free`
    const look = `du -xhd1 ${shellWord(disk.folders[0] ?? '/')}`
    if (disk.inodes > 0 && disk.freeInodes < FEW_INODES)
      return fail(
        subject,
        `${disk.freeInodes} files more can be made (inodes), though ${room}`,
        `df -i; ${look}`,
      )
    if (free < FAIL_BYTES) return fail(subject, room, look)
    if (free < WARN_BYTES || (free < PLENTY_BYTES && free < size * WARN_SHARE))
      return warn(subject, room, look)
    return pass(subject, room)
  })
}

/** A folder that is missing will be made in the nearest one that is there. */
async function readDisks(folders: string[]): Promise<Disk[]> {
  const disks = new Map<number, Disk>()
  for (const folder of folders) {
    const place = await nearest(folder)
    const { dev } = await stat(place)
    const known = disks.get(dev)
    if (known !== undefined) {
      known.folders.push(folder)
      continue
    }
    const { bavail, bsize, blocks, ffree, files } = await statfs(place)
    disks.set(dev, {
      folders: [folder],
      free: bavail * bsize,
      size: blocks * bsize,
      freeInodes: ffree,
      inodes: files,
    })
  }
  return [...disks.values()]
}

async function nearest(folder: string): Promise<string> {
  for (let place = folder; ; place = dirname(place)) {
    try {
      await stat(place)
      return place
    } catch (error) {
      if (!isMissing(error) || place === '/') throw error
    }
  }
}

function shown(bytes: number): string {
  return bytes >= GB
    ? `${(bytes / GB).toFixed(bytes >= 10 * GB ? 0 : 1)} GB`
    : `${Math.floor(bytes / 1e6)} MB`
}
