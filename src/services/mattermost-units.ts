import { readlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { namesIn, readFileIfPresent } from '../system/files/files.js'

/**
 * The units whose files start Mattermost, by name: those whose ExecStart is a program `mattermost` (until 5.x:
 * `platform`) in a folder `bin`. Drop-ins are not read, and neither are templates (`name@.service`), which run nothing.
 */
export async function findMattermostUnits(folders: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  const seen = new Set<string>()
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      // The first folder wins, as for systemd.
      if (seen.has(name) || !/^[^@]+\.service$/.test(name)) continue
      seen.add(name)
      const path = join(folder, name)
      if (await isAlias(path)) continue
      const text = await readFileIfPresent(path).catch(() => undefined)
      if (text !== undefined && startsMattermost(text.toString('utf8'))) found.add(name)
    }
  }
  return [...found].sort()
}

/** Another name of a unit (`Alias=`), which would be taken for a second one; systemctl enables none by it. */
async function isAlias(path: string): Promise<boolean> {
  const target = await readlink(path).catch(() => undefined)
  return target?.endsWith('.service') === true && basename(target) !== basename(path)
}

function startsMattermost(text: string): boolean {
  return [...text.matchAll(/^\s*ExecStart\s*=\s*[-@:+!]*"?([^\s"]+)/gm)].some(([, program = '']) =>
    /\/bin\/(mattermost|platform)$/.test(program),
  )
}
