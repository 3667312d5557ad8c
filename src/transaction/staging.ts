import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { sha256 } from '../config/hash.js'
import { TeamchatError } from '../errors.js'
import type { Attributes } from '../system/files/attributes.js'
import { isMissing, writeError } from '../system/files/errors.js'
import { factsOf, setOwnerAndMode } from '../system/files/files.js'
import { type OpenFolder, openFolder } from '../system/files/folder.js'
import { OpenFile } from '../system/files/open-file.js'

/** Called before each step that changes the disk; a test ends the process there, or throws as a disk would. */
export type StepHook = (step: string) => void

/** The folders of a change, each opened once, none of them through a link, and the same ones until the change is over. */
export class OpenFolders {
  readonly #root: string
  readonly #open = new Map<string, OpenFolder>()

  constructor(root: string) {
    this.#root = root
  }

  /** The folder that `path` lies in. Throws `files.unsafe`, and Node's ENOENT. */
  of(path: string): OpenFolder {
    const folder = dirname(path)
    const opened = this.#open.get(folder) ?? openFolder(folder, this.#root)
    this.#open.set(folder, opened)
    return opened
  }

  /** Makes durable which names stand in the folders of these paths. */
  async sync(paths: readonly string[]): Promise<void> {
    await Promise.all([...new Set(paths.map(dirname))].map(async folder => this.of(`${folder}/x`).sync()))
  }

  close(): void {
    for (const opened of this.#open.values()) opened.close()
    this.#open.clear()
  }
}

/** A name in an open folder. */
export function placeIn(folder: OpenFolder, name: string): string {
  return `${folder.path}/${name}`
}

/** What a name beside an output says: which change and round put it there, the text that it puts, the text that it expects to find. */
export interface StagedName {
  id: string
  /** 0: the change itself; later ones merge what others wrote meanwhile. */
  round: number
  /** Beginnings of SHA-256; `none`: nothing is expected there. */
  put: string
  expected: string
}

const SHORT = 16
const ASIDE = '.old'
const STAGED = /^([0-9a-f]{12})\.(\d+)\.([0-9a-f]{16})\.([0-9a-f]{16}|none)$/

/** Enough of a hash to tell two texts of one file apart. */
export function shortHash(text: string): string {
  return sha256(text).slice(0, SHORT)
}

/** `.config.json.teamchatd-ID.ROUND.PUT.EXPECTED`; Apache and others that read `*.conf` pass it over. */
export function stagedName(path: string, { id, round, put, expected }: StagedName): string {
  return `${prefixOf(path)}${id}.${round}.${put}.${expected}`
}

/** What lies beside an output because of one change, by round. */
export function listStaged(folder: OpenFolder, path: string, id: string): (StagedName & { name: string })[] {
  const prefix = prefixOf(path)
  const found = readdirSync(placeIn(folder, '.')).flatMap(name => {
    const [, of, round, put, expected] =
      STAGED.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? []
    if (of !== id || put === undefined || expected === undefined) return []
    return [{ name, id: of, round: Number(round), put, expected }]
  })
  return found.sort((one, other) => one.round - other.round)
}

/** The name of the file that a staged one takes the place of, while a swap without exchange is under way. */
export function asideOf(staged: string): string {
  return `${staged}${ASIDE}`
}

/**
 * Mends swaps of a change that were ended in the middle: one whose new file is in place already is brought to its end,
 * another one back to its beginning.
 */
export function mendSwaps(folder: OpenFolder, path: string, id: string): void {
  const names = readdirSync(placeIn(folder, '.'))
  for (const aside of names) {
    if (!aside.startsWith(`${prefixOf(path)}${id}.`) || !aside.endsWith(ASIDE)) continue
    const staged = aside.slice(0, -ASIDE.length)
    if (names.includes(staged)) unlinkSync(placeIn(folder, aside))
    else renameSync(placeIn(folder, aside), placeIn(folder, staged))
  }
}

/** Takes away whatever we ever left beside an output, but for `keep`. */
export function sweep(folder: OpenFolder, path: string, keep: readonly string[] = []): void {
  const prefix = prefixOf(path)
  for (const name of readdirSync(placeIn(folder, '.'))) {
    if (!name.startsWith(prefix) || keep.includes(name)) continue
    try {
      unlinkSync(placeIn(folder, name))
    } catch (error) {
      if (!isMissing(error)) throw writeError(path, error)
    }
  }
}

/** Makes the empty file that a text will be staged in; nobody but root reads it. */
export function createStaged(folder: OpenFolder, name: string): { file: OpenFile; ino: string } {
  const file = OpenFile.create(placeIn(folder, name))
  const { ino } = fstatSync(file.fd, { bigint: true })
  return { file, ino: String(ino) }
}

export interface StagedText {
  path: string
  text: string
  mode: number
  owner: { uid: number; gid: number } | undefined
  root: string
  attributes: Attributes
}

/** Fills a staged file, with owner, mode, access list and label of the file that it will replace; not durable yet. */
export async function fillStaged(
  file: OpenFile,
  folder: OpenFolder,
  { path, text, mode, owner, root, attributes }: StagedText,
): Promise<void> {
  await file.write(text)
  const place = placeIn(folder, basename(path))
  const old = factsOf(place, path)
  setOwnerAndMode(file, old, { root, mode, owner })
  if (old !== undefined) attributes.write(file.fd, attributes.read(place))
}

/** A plain file's text in an open folder; undefined where there is none. Throws `files.unsafe` for anything else. */
export function readText(folder: OpenFolder, name: string, shown: string): string | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    const file = openSync(placeIn(folder, name), flags)
    try {
      if (!fstatSync(file).isFile()) throw unsafe(shown, 'it is not a regular file')
      return readFileSync(file, 'utf8')
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (isMissing(error)) return undefined
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw unsafe(shown, 'it is a symbolic link')
    throw error
  }
}

function unsafe(path: string, reason: string): TeamchatError {
  return new TeamchatError('files.unsafe', `cannot read ${path}: ${reason}`, {
    hint: 'put the file itself there: the owner of the folder could point a link anywhere',
  })
}

function prefixOf(path: string): string {
  return `.${basename(path)}.teamchatd-`
}
