import type { Operations } from '../stories/operations.js'
import { withOperations } from './connect.js'
import type { CommandContext } from './context.js'

/** Runs `use` through the daemon where one lives, else in this process, under the lock where it `writes`. */
export function operate<T>(
  { paths, openApp }: CommandContext,
  mode: 'reads' | 'writes',
  use: (operations: Operations, through: 'daemon' | 'process') => Promise<T>,
): Promise<T> {
  return withOperations(paths, openApp, mode, use)
}
