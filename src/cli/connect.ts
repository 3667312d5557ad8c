import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import type { Operations } from '../stories/operations.js'
import { connectApi } from './api.js'

/** The house without its daemon's part: the same stories, in this process. */
export interface House {
  operations: Operations
  close(): Promise<void>
}

/**
 * Builds the house in this process. `locked`: takes the lock of whoever runs stories first, throws `locked` where
 * somebody has it; without it only what reads may be called.
 */
export type OpenHouse = (paths: Paths, options: { locked: boolean }) => Promise<House>

/** Runs `use` through the daemon's API where a daemon lives, else in this process, under the lock where it `writes`. */
export async function withOperations<T>(
  paths: Paths,
  openHouse: OpenHouse,
  mode: 'reads' | 'writes',
  use: (operations: Operations, through: 'daemon' | 'process') => Promise<T>,
): Promise<T> {
  const api = await connectApi(paths)
  if (api !== undefined) {
    try {
      return await use(api, 'daemon')
    } finally {
      await api.close()
    }
  }
  mustBeAllowed(paths)
  const house = await openHouse(paths, { locked: mode === 'writes' })
  try {
    return await use(house.operations, 'process')
  } finally {
    await house.close()
  }
}

function mustBeAllowed(paths: Paths): void {
  if (paths.root === '' && process.getuid?.() !== 0) {
    throw new TeamchatError('notAllowed', 'cannot work on this system: that takes root', {
      hint: 'run it with sudo, or try it out below a folder of your own with --root DIR',
    })
  }
}
