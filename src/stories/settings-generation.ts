import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Paths } from '../paths.js'
import { readFileIfPresent, writeFileAtomic } from '../system/files.js'
import { makeFolder } from '../system/folder.js'
import { hashOf } from './settings-outputs.js'
import type { World } from './settings-world.js'

interface Original {
  /** In the generation's folder. */
  name: string
  path: string
  sha256: string
  /** Octal. */
  mode: string
  uid: number
  gid: number
  keptAt: string
}

interface Manifest {
  version: 1
  files: Original[]
}

/**
 * Keeps config.json, the vhosts that are taken over (`vhosts`: those elsewhere) and the DB as the site had them, for ever, as generation 0 (0600 in a folder 0700). What
 * was kept once is never overwritten: a file that has changed since is kept beside it under the time of keeping.
 */
export async function keepOriginals(
  world: World,
  paths: Paths,
  now: Date,
  vhosts: readonly string[] = [],
): Promise<void> {
  const folder = join(paths.generationsFolder, '0')
  await makeFolder(paths.generationsFolder, paths.root, 0o700)
  await makeFolder(folder, paths.root, 0o700)
  const manifestFile = join(folder, 'manifest.json')
  const old = await readFileIfPresent(manifestFile)
  const manifest: Manifest = old === undefined ? { version: 1, files: [] } : JSON.parse(old.toString('utf8'))
  const { live, vhost, apache, configFile } = world
  // Bytes where they are root's: a comment in a vhost or a value in the DB may be in any encoding. Mattermost's file
  // is not opened again: whoever owns its folder could have put a link there.
  const originals: [string, string, Buffer | undefined][] = [
    ['config.json', configFile, live === undefined ? undefined : Buffer.from(live.text)],
    [
      'mattermost.conf',
      apache.vhostFile,
      vhost?.ours === false ? await readFileIfPresent(apache.vhostFile) : undefined,
    ],
    ['configuration', paths.configurationDb, await readFileIfPresent(paths.configurationDb)],
  ]
  for (const path of vhosts) originals.push([`vhost-${basename(path)}`, path, await readFileIfPresent(path)])
  for (const [name, path, bytes] of originals) {
    if (bytes === undefined) continue
    const sha256 = hashOf(bytes)
    if (manifest.files.some(file => file.path === path && file.sha256 === sha256)) continue
    const taken = manifest.files.some(file => file.name === name)
    const kept = taken ? `${name}.${now.toISOString().replaceAll(':', '')}` : name
    await writeFileAtomic(join(folder, kept), bytes, { root: paths.root, mode: 0o600, force: true })
    const { mode, uid, gid } = await stat(path)
    const octal = (mode & 0o7777).toString(8).padStart(4, '0')
    manifest.files.push({ name: kept, path, sha256, mode: octal, uid, gid, keptAt: now.toISOString() })
  }
  await writeFileAtomic(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`, {
    root: paths.root,
    mode: 0o600,
    force: true,
  })
}
