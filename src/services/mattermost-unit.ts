import { readlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Exec } from '../system/exec.js'
import { namesIn, readFileIfPresent } from '../system/files/files.js'
import { wildcardSource } from '../system/wildcards.js'
import type { UnitFacts } from './systemd.js'

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

/** Every variable that a unit sets, in its own lines and in its files; a later one wins, as for systemd. */
export async function unitEnvironment(
  facts: UnitFacts,
  below: (path: string) => string,
): Promise<Map<string, string>> {
  const variables = new Map(assignments(facts.environment))
  for (const file of (await Promise.all(facts.environmentFiles.map(one => meant(below(one))))).flat()) {
    const text = await readFileIfPresent(file)
    const lines = (text?.toString('utf8') ?? '').split('\n').filter(line => !/^\s*[#;]/.test(line))
    for (const [name, value] of lines.flatMap(line => assignments(line.trim(), false)))
      variables.set(name, value)
  }
  return variables
}

/** The files that an `EnvironmentFile=` stands for: systemd knows wildcards there. Those of folders are not followed. */
async function meant(path: string): Promise<string[]> {
  const name = basename(path)
  if (!/[*?]/.test(name)) return [path]
  const fits = new RegExp(wildcardSource(name), 's')
  // A hidden file is named by its dot alone.
  const names = (await namesIn(dirname(path))).filter(one => fits.test(one) && !one.startsWith('.'))
  return names.map(one => join(dirname(path), one))
}

/** `A=b "C=d e"` as pairs; with `many` false the whole text is one assignment, whose value may be quoted. */
export function assignments(text: string, many = true): [string, string][] {
  const words = many ? (text.match(/"(?:[^"\\]|\\.)*"|[^\s"]\S*/g) ?? []) : [text]
  return words.flatMap(word => {
    const plain = many ? unquoted(word) : word
    const at = plain.indexOf('=')
    return at <= 0
      ? []
      : [[plain.slice(0, at).trim(), unquoted(plain.slice(at + 1).trim())] as [string, string]]
  })
}

function unquoted(word: string): string {
  const inner = /^(["'])([\s\S]*)\1$/.exec(word)?.[2]
  return inner === undefined ? word : inner.replaceAll(/\\(.)/g, '$1')
}

/** Whom a service runs as. */
export interface UnitIds {
  uid: number
  gids: readonly number[]
}

/** What stat(2) says of a file. */
export interface FileAccess {
  uid: number
  gid: number
  mode: number
}

/** undefined where the service runs as root, or where the host knows no such user (DynamicUser=). */
export async function idsOfUnit(
  { user, groups }: Pick<UnitFacts, 'user' | 'groups'>,
  exec: Exec,
): Promise<UnitIds | undefined> {
  if (['', '0', 'root'].includes(user)) return undefined
  const numbers = async (program: string, ...args: string[]) => {
    const { status, stdout } = await exec(program, args)
    return status === 0 ? stdout.trim() : ''
  }
  const [uid, own, ...more] = await Promise.all([
    numbers('id', '-u', '--', user),
    numbers('id', '-G', '--', user),
    // NAME:PASSWORD:GID:MEMBERS
    ...groups.map(async group => (await numbers('getent', 'group', group)).split(':')[2] ?? ''),
  ])
  if (!/^\d+$/.test(uid)) return undefined
  const gids = [...own.split(' '), ...more].filter(word => /^\d+$/.test(word)).map(Number)
  return { uid: Number(uid), gids }
}

/** By owner and mode, as the kernel decides; other means (ACLs, capabilities) are not looked at. */
export function mayRead({ uid, gid, mode }: FileAccess, ids: UnitIds): boolean {
  const bit = uid === ids.uid ? 0o400 : ids.gids.includes(gid) ? 0o040 : 0o004
  return (mode & bit) !== 0
}
