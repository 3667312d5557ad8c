import { constants } from 'node:fs'
import { lstat, open, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { reasonOf, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files.js'
import { withFolder } from '../system/folder.js'

/** `output.json`: what a folder below `templates/` renders. */
const outputSchema = z.strictObject({
  /** json: fragments are objects, merged in name order, then merged leaf by leaf into the file. text: put together. */
  format: z.enum(['json', 'text']),
  /** Which file; its path depends on Home or on the platform. */
  place: z.enum(['mattermost-config', 'apache-vhost']),
  /** Mode of a new file, octal. */
  mode: z.string().regex(/^0[0-7]{3}$/),
  /** folder: a new file belongs to whom its folder belongs; root: to root. */
  owner: z.enum(['folder', 'root']),
  /** Whose test the candidate must pass. */
  check: z.enum(['json', 'apache']),
  description: z.string(),
})

export type OutputDefinition = z.infer<typeof outputSchema>

export interface Fragment {
  name: string
  /** The file, for errors. */
  path: string
  text: string
}

/** An output: its name is its folder's. */
export interface Output {
  name: string
  definition: OutputDefinition
  /** In name order; the site's own in place of ours, or beside them. */
  fragments: Fragment[]
}

export interface TemplateFolders {
  /** The package's. */
  templatesFolder: string
  /** The site's own, `templates-custom`. */
  siteTemplatesFolder: string
  /** --root, below which no link is followed on the way to the site's. */
  root: string
}

const FRAGMENT = /^[0-9]{2}[A-Za-z0-9._-]*\.njk$/

/** Reads every output with the site's own fragments; `notes` name what was found and means nothing. */
export async function readOutputs(
  folders: TemplateFolders,
): Promise<{ outputs: Map<string, Output>; notes: string[] }> {
  const names = (await readdir(folders.templatesFolder)).sort()
  const outputs = new Map<string, Output>()
  const notes: string[] = []
  for (const name of names) {
    const folder = join(folders.templatesFolder, name)
    const fragments = new Map<string, Fragment>()
    for (const file of (await readdir(folder)).filter(file => FRAGMENT.test(file))) {
      const path = join(folder, file)
      fragments.set(file, { name: file, path, text: await readFile(path, 'utf8') })
    }
    const own = await readSiteFragments(join(folders.siteTemplatesFolder, name), folders.root)
    for (const fragment of own.fragments) fragments.set(fragment.name, fragment)
    notes.push(...own.notes)
    outputs.set(name, {
      name,
      definition: await readDefinition(join(folder, 'output.json')),
      fragments: [...fragments.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    })
  }
  for (const name of await namesIn(folders.siteTemplatesFolder)) {
    if (!outputs.has(name)) {
      notes.push(
        `${join(folders.siteTemplatesFolder, name)} belongs to no output (there are ${names.join(', ')})`,
      )
    }
  }
  return { outputs, notes }
}

async function readDefinition(path: string): Promise<OutputDefinition> {
  try {
    return outputSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new TeamchatError('template.invalid', `cannot read ${path}: ${reasonOf(cause)}`, {
      hint: 'put the file of the package back',
      cause,
    })
  }
}

async function readSiteFragments(
  folder: string,
  root: string,
): Promise<{ fragments: Fragment[]; notes: string[] }> {
  const fragments: Fragment[] = []
  const notes: string[] = []
  const names = await namesIn(folder)
  if (names.length === 0) return { fragments, notes }
  await checkOwner(dirname(folder), root)
  await checkOwner(folder, root)
  for (const name of names) {
    const path = join(folder, name)
    if (!FRAGMENT.test(name)) {
      notes.push(`${path} is not read: fragments are named like 50-name.njk`)
      continue
    }
    fragments.push({ name, path, text: await readTrusted(path, root) })
  }
  return { fragments, notes }
}

async function readTrusted(path: string, root: string): Promise<string> {
  return withFolder(dirname(path), root, async folder => {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(`${folder}/${basename(path)}`, flags).catch(cause => {
      throw new TeamchatError('files.unsafe', `cannot read ${path}: ${linkOr(cause)}`, { cause })
    })
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new TeamchatError('files.unsafe', `cannot read ${path}: it is no plain file`)
      checkTrust(path, stat, root)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  })
}

async function checkOwner(folder: string, root: string): Promise<void> {
  await withFolder(folder, root, async (_path, handle) => checkTrust(folder, await handle.stat(), root))
}

/** What renders root's files must be root's own; with --root, of the uid that runs. */
function checkTrust(path: string, stat: { uid: number; mode: number }, root: string): void {
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

function linkOr(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code
  return code === 'ELOOP' ? 'it is a symbolic link' : (code ?? reasonOf(cause))
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const stat = await lstat(folder)
    if (stat.isSymbolicLink()) {
      throw new TeamchatError('files.unsafe', `cannot use ${folder}: it is a symbolic link`, {
        hint: 'put the folder itself there: whoever can change what it leads to could change the templates',
      })
    }
    return stat.isDirectory() ? (await readdir(folder)).sort() : []
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
