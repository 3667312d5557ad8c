import { createHash } from 'node:crypto'
import { constants, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { reasonOf, TeamchatError } from '../../errors.js'
import { itemsSettledOrThrow } from '../../system/concurrency/all-settled-or-throw.js'
import { isMissing } from '../../system/files/errors.js'
import { withFolder } from '../../system/files/folder.js'
import { checkTrust, checkTrustedFolder } from '../../system/files/trust.js'
import { type OutputDefinition, parseDefinition } from './definition.js'

export interface Fragment {
  name: string
  /** The file, for errors. */
  path: string
  text: string
}

/** What was read, by its file. What a text stands for is the very same value while the text is: what was prepared is kept. */
export interface KnownTemplates {
  fragments: Map<string, Fragment>
  definitions: Map<string, { text: string; definition: OutputDefinition }>
}

/** For a first reading. */
export function noTemplates(): KnownTemplates {
  return { fragments: new Map(), definitions: new Map() }
}

/** An output: its name is its folder's. */
export interface Output {
  name: string
  definition: OutputDefinition
  /** In name order; the site's own in place of ours, or beside them. */
  fragments: Fragment[]
  /** SHA-256 of what the package brings of it, whatever of it is replaced; undefined for the site's own outputs. */
  packageHash?: string
}

export interface Outputs {
  /** The package's, by name. */
  outputs: Map<string, Output>
  /** The site's own, by name. */
  siteOutputs: Map<string, Output>
  /** What was found and means nothing. */
  notes: string[]
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

const OUTPUT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
const DEFINITION = 'output.json'

/**
 * Reads every output of the package with the site's own fragments, and the outputs that the site has of its own: folders
 * of templates-custom with an `output.json`. Throws `template.invalid`, `files.unsafe`.
 */
export async function readOutputs(
  folders: TemplateFolders,
  known: KnownTemplates = noTemplates(),
): Promise<Outputs> {
  const { templatesFolder, siteTemplatesFolder, root } = folders
  const names = readdirSync(templatesFolder).sort()
  const read = await itemsSettledOrThrow(
    names.map(async name => ({
      name,
      ours: readPackageFolder(join(templatesFolder, name), known),
      own: await readSiteFolder(join(siteTemplatesFolder, name), root),
    })),
  )
  const inOrder = (fragments: Fragment[]) => orderedBy(fragments, known)
  const outputs = new Map<string, Output>()
  const siteOutputs = new Map<string, Output>()
  const notes: string[] = []
  for (const { name, ours, own } of read) {
    notes.push(...own.notes)
    if (own.definition !== undefined) {
      notes.push(`${join(siteTemplatesFolder, name, DEFINITION)} is not read: ${name} is the package's own`)
    }
    const { definition, packageHash } = ours
    outputs.set(name, {
      name,
      definition,
      packageHash,
      fragments: inOrder([...ours.fragments, ...own.fragments]),
    })
  }
  for (const name of namesIn(siteTemplatesFolder)) {
    if (outputs.has(name)) continue
    const folder = join(siteTemplatesFolder, name)
    const own = await readSiteFolder(folder, root)
    if (own.definition === undefined) {
      notes.push(`${folder} belongs to no output (there are ${names.join(', ')}) and has no ${DEFINITION}`)
      continue
    }
    notes.push(...own.notes)
    const definition = definitionOf(join(folder, DEFINITION), own.definition, 'site', known)
    if (!OUTPUT.test(name) || own.fragments.length === 0) {
      const reason = OUTPUT.test(name)
        ? 'it has no fragment like 10-name.njk'
        : 'it cannot be the name of a file'
      throw new TeamchatError('template.invalid', `cannot use ${folder}: ${reason}`, {
        hint: `nothing was changed; correct ${folder}`,
      })
    }
    siteOutputs.set(name, { name, definition, fragments: inOrder(own.fragments) })
  }
  return { outputs, siteOutputs, notes }
}

/** The package's outputs without anything of the site's, by name. Throws `template.invalid` where a file of it is missing. */
export function readPackageOutputs(templatesFolder: string): Map<string, Output> {
  const known = noTemplates()
  return new Map(
    readdirSync(templatesFolder)
      .sort()
      .map(name => [name, { name, ...readPackageFolder(join(templatesFolder, name), known) }]),
  )
}

/** In name order; a later one of the same name is the one that counts. */
function orderedBy(fragments: Fragment[], known: KnownTemplates): Fragment[] {
  const byName = new Map(
    fragments.map(fragment => [
      fragment.name,
      asKnown(known.fragments, fragment.path, fragment.text, () => fragment),
    ]),
  )
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Known facts about a file whose text is as it was, else what `make` makes of it. */
function asKnown<T extends { text: string }>(
  known: Map<string, T>,
  path: string,
  text: string,
  make: () => T,
): T {
  const before = known.get(path)
  if (before?.text === text) return before
  const fresh = make()
  known.set(path, fresh)
  return fresh
}

function definitionOf(
  path: string,
  text: string,
  whose: 'package' | 'site',
  { definitions }: KnownTemplates,
): OutputDefinition {
  const parse = () => ({ text, definition: parseDefinition(path, text, whose) })
  return asKnown(definitions, path, text, parse).definition
}

/** Read as Node reads the program's own modules beside them: at once. As jobs of their own they take longer than all else. */
function readPackageFolder(folder: string, known: KnownTemplates) {
  const definitionFile = join(folder, DEFINITION)
  const text = definitionIn(definitionFile)
  const hash = createHash('sha256').update(text)
  const fragments: Fragment[] = []
  for (const name of readdirSync(folder)
    .filter(file => FRAGMENT.test(file))
    .sort()) {
    const path = join(folder, name)
    const fragment = { name, path, text: readFileSync(path, 'utf8') }
    hash.update(`\0${name}\0${fragment.text}`)
    fragments.push(fragment)
  }
  return {
    fragments,
    definition: definitionOf(definitionFile, text, 'package', known),
    packageHash: hash.digest('hex'),
  }
}

function definitionIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TeamchatError('template.invalid', `cannot read ${path}: ${reasonOf(cause)}`, {
      hint: 'put the file of the package back',
      cause,
    })
  }
}

interface SiteFolder {
  fragments: Fragment[]
  /** The text of its `output.json`. */
  definition: string | undefined
  notes: string[]
}

async function readSiteFolder(folder: string, root: string): Promise<SiteFolder> {
  const fragments: Fragment[] = []
  let definition: string | undefined
  const notes: string[] = []
  const names = namesIn(folder)
  if (names.length === 0) return { fragments, definition, notes }
  await checkTrustedFolder(dirname(folder), root)
  await checkTrustedFolder(folder, root)
  for (const name of names) {
    const path = join(folder, name)
    if (name === DEFINITION) {
      definition = await readTrusted(path, root)
      continue
    }
    if (!FRAGMENT.test(name)) {
      notes.push(`${path} is not read: fragments are named like 50-name.njk`)
      continue
    }
    fragments.push({ name, path, text: await readTrusted(path, root) })
  }
  return { fragments, definition, notes }
}

async function readTrusted(path: string, root: string): Promise<string> {
  return withFolder(dirname(path), root, async folder => {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(`${folder}/${basename(path)}`, flags).catch(cause => {
      throw new TeamchatError('files.unsafe', `cannot read ${path}: ${linkOr(cause)}`, { cause })
    })
    try {
      const stat = await file.stat()
      if (!stat.isFile())
        throw new TeamchatError('files.unsafe', `cannot read ${path}: it is not a regular file`)
      checkTrust(path, stat, root)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  })
}

function linkOr(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code
  return code === 'ELOOP' ? 'it is a symbolic link' : (code ?? reasonOf(cause))
}

function namesIn(folder: string): string[] {
  try {
    const stat = lstatSync(folder)
    if (stat.isSymbolicLink()) {
      throw new TeamchatError('files.unsafe', `cannot use ${folder}: it is a symbolic link`, {
        hint: 'put the folder itself there: anyone who can change its target could change the templates',
      })
    }
    return stat.isDirectory() ? readdirSync(folder).sort() : []
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
