import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { sha256 } from '../../config/hash.js'
import { reasonOf, TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import { readFileIfPresent, writeFileAtomic } from '../../system/files/files.js'
import { makeFolder } from '../../system/files/folder.js'
import type { HostState } from '../host/host-state.js'

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
  /** Path → name of what the last adoption found there, which is what `teamchat retire` gives back. */
  adopted?: Record<string, string>
}

/** What of a site is kept: all of it, or only the virtual hosts of a host that is managed already. */
export interface Kept {
  whole: boolean
  /** Virtual hosts elsewhere than at our own path. */
  vhosts: readonly string[]
}

/**
 * Keeps config.json, the virtual hosts and the DB as the site had them, for ever, as generation 0 (0600 in a folder
 * 0700). What was kept once is never overwritten: a file that has changed since is kept beside it under the time of
 * keeping.
 */
export async function keepOriginals(
  hostState: HostState,
  paths: Paths,
  now: Date,
  kept: Kept,
): Promise<void> {
  const { live, vhost, apache, configFile } = hostState
  // Bytes where they are root's: a comment in a vhost or a value in the DB may be in any encoding. Mattermost's file
  // is not opened again: whoever owns its folder could have put a link there.
  const originals: [string, string, Buffer | undefined][] = [
    [
      'mattermost.conf',
      apache.vhostFile,
      vhost?.ours === false ? await readFileIfPresent(apache.vhostFile) : undefined,
    ],
  ]
  for (const path of kept.vhosts)
    originals.push([`vhost-${basename(path)}`, path, await readFileIfPresent(path)])
  if (kept.whole) {
    originals.push(['config.json', configFile, live === undefined ? undefined : Buffer.from(live.text)])
    originals.push(['configuration', paths.configurationDb, await readFileIfPresent(paths.configurationDb)])
  }
  await keepFiles(originals, paths, now, true)
}

/** Keeps somebody's edit of a file of ours that is about to go. */
export async function keepEdited(path: string, text: string, paths: Paths, now: Date): Promise<void> {
  await keepFiles([[`edited-${basename(path)}`, path, Buffer.from(text)]], paths, now, false)
}

/** What the last adoption found at a path; undefined where it found nothing, or nothing was ever kept. */
export async function adoptedOriginal(path: string, paths: Paths): Promise<Buffer | undefined> {
  const name = (await readManifest(paths)).adopted?.[path]
  return name === undefined ? undefined : readFileIfPresent(join(paths.generationsFolder, '0', name))
}

async function readManifest(paths: Paths): Promise<Manifest> {
  const file = await readFileIfPresent(join(paths.generationsFolder, '0', 'manifest.json'))
  return file === undefined ? { version: 1, files: [] } : JSON.parse(file.toString('utf8'))
}

async function keepFiles(
  originals: [string, string, Buffer | undefined][],
  paths: Paths,
  now: Date,
  isAdoption: boolean,
): Promise<void> {
  const folder = join(paths.generationsFolder, '0')
  await makeFolder(paths.generationsFolder, paths.root, 0o700)
  await makeFolder(folder, paths.root, 0o700)
  const manifest = await readManifest(paths)
  const adopted = { ...manifest.adopted }
  for (const [name, path, bytes] of originals) {
    if (bytes === undefined) continue
    const hash = sha256(bytes)
    const same = manifest.files.find(file => file.path === path && file.sha256 === hash)
    if (same !== undefined) {
      adopted[path] = same.name
      continue
    }
    const taken = manifest.files.some(file => file.name === name)
    const kept = taken ? `${name}.${now.toISOString().replaceAll(':', '')}` : name
    await writeFileAtomic(join(folder, kept), bytes, {
      root: paths.root,
      mode: 0o600,
      force: true,
      alone: true,
    })
    const { mode, uid, gid } = await stat(path)
    const octal = (mode & 0o7777).toString(8).padStart(4, '0')
    manifest.files.push({ name: kept, path, sha256: hash, mode: octal, uid, gid, keptAt: now.toISOString() })
    adopted[path] = kept
  }
  const next = isAdoption ? { ...manifest, adopted } : manifest
  await writeFileAtomic(join(folder, 'manifest.json'), `${JSON.stringify(next, null, 2)}\n`, {
    root: paths.root,
    mode: 0o600,
    force: true,
    alone: true,
  })
}

/** The originals, in the order in which they were kept; undefined where there are none. Throws `state.unreadable`. */
export async function readOriginals(
  paths: Pick<Paths, 'generationsFolder'>,
): Promise<{ name: string; path: string; keptAt: string; text: string }[] | undefined> {
  const folder = join(paths.generationsFolder, '0')
  const manifestFile = join(folder, 'manifest.json')
  try {
    const manifest = await readFileIfPresent(manifestFile)
    if (manifest === undefined) return undefined
    const { files } = JSON.parse(manifest.toString('utf8')) as Manifest
    return await Promise.all(
      files.map(async ({ name, path, keptAt }) => {
        const text = await readFile(join(folder, name), 'utf8')
        return { name, path, keptAt, text }
      }),
    )
  } catch (error) {
    const why = error instanceof SyntaxError ? `${manifestFile} is not JSON` : reasonOf(error)
    throw new TeamchatError('state.unreadable', `cannot read generation 0: ${why}`, {
      hint: `restore ${folder} from a backup`,
    })
  }
}
