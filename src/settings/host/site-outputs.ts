import { constants, lstatSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pathOn } from '../../config/outputs/definition.js'
import type { Output } from '../../config/outputs/outputs.js'
import { placeProblem } from '../../config/outputs/places.js'
import { dataDirectoryOf } from '../../config/template-variables.js'
import { findKnown } from '../../configdb/schema/schema.js'
import { TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { Systemctl, UnitFacts } from '../../services/systemd.js'
import type { Exec } from '../../system/exec.js'
import { unlessMissing } from '../../system/files/errors.js'
import { withFolder } from '../../system/files/folder.js'
import { type NewOwner, readPlace } from '../../transaction/files.js'
import type { HostState } from './host-state.js'

/** An output of the site and what is there of it now. */
export interface SiteOutput {
  output: Output
  /** Below --root. */
  path: string
  /** Something has its name. */
  isThere: boolean
  /** The file's text; undefined where there is none, or none is wanted. */
  live: string | undefined
  owner: NewOwner
  /** Its condition holds. */
  wanted: boolean
}

/** All that the service knows of the site's own outputs. */
export interface SiteWorld {
  outputs: SiteOutput[]
  /** Units besides Mattermost's and Apache's that they name, or that are owed something, as they are now. */
  units: ReadonlyMap<string, UnitFacts>
  /** Files that we wrote once and that are there, whether or not an output still names them. */
  written: ReadonlySet<string>
}

export interface SiteParts {
  paths: Paths
  exec: Exec
  systemctl: Systemctl | undefined
  property?: ((record: string, name: string) => string | undefined) | undefined
}

/**
 * Reads what stands where the site's own outputs go. Throws `template.invalid` for a place where none may stand or that
 * two want, `files.unsafe` for a link or folder in the file's place, `check.failed` for a folder that is missing or
 * cannot be written and for an owner who is nobody.
 */
export async function readSiteOutputs(
  outputs: ReadonlyMap<string, Output>,
  hostState: HostState,
  parts: SiteParts,
): Promise<SiteWorld> {
  const found: SiteOutput[] = []
  for (const output of outputs.values()) {
    const path = placeOf(output, found, hostState, parts.paths)
    const wanted = holds(output, parts)
    if (wanted) await checkFolder(output, dirname(path), parts.paths.root)
    found.push({
      output,
      path,
      isThere: isThere(path),
      live: wanted ? await readPlace(path, parts.paths.root) : undefined,
      owner: await ownerOf(output, parts),
      wanted,
    })
  }
  const written = new Set<string>()
  for (const { path } of Object.values(hostState.state.siteOutputs ?? {})) {
    if (isThere(path)) written.add(path)
  }
  return { outputs: found, units: await unitsOf(found, hostState, parts.systemctl), written }
}

function isThere(path: string): boolean {
  return unlessMissing(() => lstatSync(path)) !== undefined
}

/** The unit that a service of `output.json` means. */
export function unitName(name: string, hostState: HostState): string {
  if (name === 'mattermost') return hostState.settings.mattermost.unit
  return name === 'apache' ? hostState.apache.unit : name
}

function placeOf(output: Output, others: SiteOutput[], hostState: HostState, paths: Paths): string {
  const { settings, apache } = hostState
  const shown = pathOn(output.definition, apache.platform)
  const path = paths.below(shown)
  const place = (full: string) => full.slice(paths.root.length)
  const taken = [
    settings.mattermost.home,
    dataDirectoryOf(settings, paths.isEsmith),
    place(paths.configurationDb),
    place(apache.vhostFile),
    place(apache.vhostLink ?? ''),
    ...hostState.vhostLinks.map(place),
  ]
  const twice = others.find(other => other.path === path)
  const problem =
    placeProblem(shown, taken) ?? (twice === undefined ? undefined : `${twice.output.name} writes it already`)
  if (problem === undefined) return path
  throw new TeamchatError(
    'template.invalid',
    `cannot write the output ${output.name} to ${shown}: ${problem}`,
    {
      hint: `nothing was changed; name another path in templates-custom/${output.name}/output.json`,
    },
  )
}

function holds(output: Output, parts: SiteParts): boolean {
  return Object.entries(output.definition.when ?? {}).every(([name, wanted]) => {
    const dot = name.indexOf('.')
    const [record, property] = [name.slice(0, dot), name.slice(dot + 1)]
    const fallback = findKnown(record, property)?.fallback ?? ''
    const value = parts.property?.(record, property) || (fallback.startsWith('<') ? '' : fallback)
    return [wanted].flat().includes(value)
  })
}

async function checkFolder(output: Output, folder: string, root: string): Promise<void> {
  try {
    await withFolder(folder, root, path => access(path, constants.W_OK))
  } catch (cause) {
    if (cause instanceof TeamchatError) throw cause
    const code = (cause as NodeJS.ErrnoException).code
    const [reason, hint] =
      code === 'ENOENT'
        ? ['the folder is missing', `mkdir ${folder}, or name another path`]
        : code === 'EROFS'
          ? [
              'the folder is read-only',
              `the daemon may write where its unit says: systemctl edit teamchatd, [Service], ReadWritePaths=${folder}; then restart it`,
            ]
          : [`its folder cannot be written (${code})`, `look at ${folder}`]
    throw new TeamchatError(
      'check.failed',
      `cannot write the output ${output.name} to ${folder}: ${reason}`,
      {
        hint: `nothing was changed; ${hint}`,
        cause,
      },
    )
  }
}

async function ownerOf(output: Output, parts: SiteParts): Promise<NewOwner> {
  const { owner, group } = output.definition
  // Below --root owner and group are never changed.
  if (parts.paths.root !== '') return 'root'
  if ((owner === 'root' || owner === 'folder') && group === undefined) return owner
  const gid = group === undefined ? undefined : await idOf({ base: 'group', name: group }, output, parts.exec)
  if (owner === 'folder') return { uid: undefined, gid }
  if (owner === 'root') return { uid: 0, gid: gid ?? 0 }
  const user = { base: 'passwd', name: owner } as const
  return {
    uid: await idOf(user, output, parts.exec),
    gid: gid ?? (await idOf({ ...user, field: 3 }, output, parts.exec)),
  }
}

/** A field of the account database: the id is the third, a user's own group the fourth. */
async function idOf(
  { base, name, field = 2 }: { base: 'passwd' | 'group'; name: string; field?: number },
  output: Output,
  exec: Exec,
): Promise<number> {
  const { status, stdout } = await exec('getent', [base, name])
  const id = stdout.trim().split(':')[field]
  if (status === 0 && id !== undefined && /^\d+$/.test(id)) return Number(id)
  const kind = base === 'passwd' ? 'user' : 'group'
  throw new TeamchatError(
    'check.failed',
    `cannot write the output ${output.name}: there is no ${kind} ${name}`,
    {
      hint: `nothing was changed; correct ${base === 'passwd' ? 'owner' : 'group'} in templates-custom/${output.name}/output.json`,
    },
  )
}

async function unitsOf(
  outputs: SiteOutput[],
  hostState: HostState,
  systemctl: Systemctl | undefined,
): Promise<Map<string, UnitFacts>> {
  const units = new Map<string, UnitFacts>()
  if (systemctl === undefined) return units
  const named = outputs.flatMap(({ output }) =>
    output.definition.services.map(one => unitName(one.unit, hostState)),
  )
  for (const unit of new Set([...named, ...hostState.state.owed.map(action => action.unit)])) {
    if (unit === hostState.unit?.unit || unit === hostState.apacheUnit?.unit) continue
    units.set(unit, await systemctl.show(unit))
  }
  return units
}
