import { TeamchatError } from '../../errors.js'
import { withFolder } from './folder.js'

/**
 * What root renders from or runs must be root's own, and nobody else's to write; with --root, of the uid that runs.
 * Throws `files.unsafe`.
 */
export function checkTrust(path: string, stat: { uid: number; mode: number }, root: string): void {
  const trusted = root === '' ? 0 : (process.getuid?.() ?? 0)
  if (stat.uid !== trusted) {
    throw new TeamchatError(
      'files.unsafe',
      `cannot use ${path}: it belongs to uid ${stat.uid}, not to ${trusted}`,
      {
        hint: `chown ${trusted} ${path}, after a look at what it holds`,
      },
    )
  }
  if ((stat.mode & 0o022) !== 0) {
    throw new TeamchatError('files.unsafe', `cannot use ${path}: others than its owner can write it`, {
      hint: `chmod go-w ${path}, after a look at what it holds`,
    })
  }
}

/** The same for a folder, on the way to which no link is followed. */
export async function checkTrustedFolder(folder: string, root: string): Promise<void> {
  await withFolder(folder, root, async (_path, opened) => checkTrust(folder, opened.stat(), root))
}
