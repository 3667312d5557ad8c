import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { UnitFolder } from './unit.js'

/**
 * Puts the program `systemctl` of a supervisor into its folder and gives its path: what TEAMCHAT_SYSTEMCTL names.
 * Folder and Node are written into it, so that it needs nothing from the environment.
 */
export async function installSystemctl(folder: UnitFolder): Promise<string> {
  const file = join(folder.folder, 'systemctl')
  const program = fileURLToPath(new URL('./main.js', import.meta.url))
  const words = [process.execPath, program, '--state', folder.folder].map(shellWord).join(' ')
  await writeFile(
    file,
    `#!/bin/sh\n# In the place of systemctl, for this folder alone.\nunset NODE_OPTIONS\nexec ${words} "$@"\n`,
  )
  await chmod(file, 0o755)
  return file
}

/** `text` as one word of a POSIX shell; plain words stay as they are. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
