import { join } from 'node:path'
import { namesIn, readFileIfPresent } from '../system/files.js'

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
      const text = await readFileIfPresent(join(folder, name)).catch(() => undefined)
      if (text !== undefined && startsMattermost(text.toString('utf8'))) found.add(name)
    }
  }
  return [...found].sort()
}

function startsMattermost(text: string): boolean {
  return [...text.matchAll(/^\s*ExecStart\s*=\s*[-@:+!]*"?([^\s"]+)/gm)].some(([, program = '']) =>
    /\/bin\/(mattermost|platform)$/.test(program),
  )
}
