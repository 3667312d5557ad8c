import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { asTeamchatError, reasonOf, TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { isMissing } from '../system/files/errors.js'
import { checkTrust, checkTrustedFolder } from '../system/files/trust.js'
import { EVENT_NAME } from './spool.js'

const hookSchema = z.strictObject({
  action: z.enum(['sync-person', 'lock-person', 'deactivate-person', 'end-sessions', 'load-certificate']),
  description: z.string(),
})

/** A declared action of ours. */
export interface ActionHook {
  kind: 'action'
  /** The file's name, `50-sync-person.json`; hooks run in the order of their names. */
  name: string
  action: z.infer<typeof hookSchema>['action']
  description: string
}

/** A program of the site's. */
export interface ProgramHook {
  kind: 'program'
  name: string
  path: string
  description: string
}

/** A file of the site's that may not run; an event that would need it has failed. */
export interface RefusedHook {
  kind: 'refused'
  name: string
  reason: string
  hint: string
  description: string
}

/** What runs when an event is fired. */
export type Hook = ActionHook | ProgramHook | RefusedHook

export type HookFolders = Pick<Paths, 'hooksFolder' | 'siteHooksFolder' | 'root'>

/** `50-greet`, `50-greet.sh`; what editors and package managers leave behind is none. */
const HOOK = /^\d\d[\w-]*(\.(?!rpm(?:save|new|orig)$|dpkg-|bak$|orig$|old$|swp$|disabled$)[\w-]+)*$/

/**
 * The hooks of every event as they are on disk now, the package's and the site's, in the order of their names; one of
 * the site's stands in the place of the package's of the same name. Events without any hook are left out.
 */
export async function readHooks(folders: HookFolders): Promise<Map<string, Hook[]>> {
  const hooks = new Map<string, Map<string, Hook>>()
  const add = (event: string, hook: Hook) => {
    const ofEvent = hooks.get(event) ?? new Map<string, Hook>()
    hooks.set(event, ofEvent.set(hook.name, hook))
  }
  for (const event of (await namesIn(folders.hooksFolder)).filter(name => EVENT_NAME.test(name))) {
    const folder = join(folders.hooksFolder, event)
    const names = (await namesIn(folder)).filter(name => name.endsWith('.json'))
    for (const name of names) add(event, await readPackageHook(join(folder, name), name))
  }
  const known = [...hooks.keys()]
  for (const [event, hook] of await readSiteHooks(folders, known)) add(event, hook)
  return new Map(
    [...hooks].map(([event, ofEvent]) => [
      event,
      [...ofEvent.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    ]),
  )
}

/**
 * Checks that the event exists and, where one of our own actions handles it, that its arguments can name somebody,
 * before anything is queued. Throws `event.unknown` with the known names, `usage` for arguments.
 */
export function checkEvent(name: string, args: string[], hooks: Map<string, Hook[]>): void {
  const known = [...hooks.keys()].sort().join(', ')
  if (!EVENT_NAME.test(name)) {
    throw new TeamchatError(
      'event.unknown',
      `cannot fire ${JSON.stringify(name)}: an event's name is ${EVENT_NAME.source}`,
      {
        hint: `known events: ${known}`,
      },
    )
  }
  if (!hooks.has(name)) {
    throw new TeamchatError('event.unknown', `cannot fire ${name}: no hook handles this event`, {
      hint: `known events: ${known}`,
    })
  }
  const isAboutPeople = hooks
    .get(name)
    ?.some(hook => hook.kind === 'action' && hook.action !== 'load-certificate')
  if (isAboutPeople === true && personOf(args) === '') {
    throw new TeamchatError('usage', `cannot fire ${name}: the first argument must name a person`, {
      hint: `for example: teamchat signal-event ${name} pluto`,
    })
  }
  const odd = args.find(arg => /\p{Cc}/u.test(arg) || arg.length > 1024)
  if (odd !== undefined) {
    throw new TeamchatError(
      'usage',
      `cannot fire ${name}: an argument holds a control character or is too long`,
      {
        hint: 'pass plain texts of at most 1024 characters',
      },
    )
  }
}

/** Whom an event is about: its first argument without the domain, `pluto@example.org` is `pluto`. */
export function personOf(args: string[]): string {
  return (args[0] ?? '').split('@')[0]?.trim() ?? ''
}

async function readPackageHook(path: string, name: string): Promise<Hook> {
  try {
    return await readAction(path, name)
  } catch (error) {
    throw new TeamchatError('state.unreadable', `cannot read the hook ${path}: ${reasonOf(error)}`, {
      hint: 'put the file of the package back',
      cause: error,
    })
  }
}

async function readAction(path: string, name: string): Promise<ActionHook> {
  return { kind: 'action', name, ...hookSchema.parse(JSON.parse(await readFile(path, 'utf8'))) }
}

async function readSiteHooks(folders: HookFolders, known: string[]): Promise<[string, Hook][]> {
  const { siteHooksFolder, root } = folders
  const found: [string, Hook][] = []
  const names = await namesIn(siteHooksFolder)
  if (names.length === 0) return found
  try {
    await checkTrustedFolder(siteHooksFolder, root)
  } catch (error) {
    // Nobody knows what belongs there: nothing in it runs, and no event passes it over in silence.
    return known.map(event => [event, refusedHook('hooks of the site', error)])
  }
  for (const event of names.filter(name => EVENT_NAME.test(name))) {
    const folder = join(siteHooksFolder, event)
    for (const name of (await namesIn(folder)).filter(file => HOOK.test(file))) {
      found.push([event, await readSiteHook(folder, name, root)])
    }
  }
  return found
}

async function readSiteHook(folder: string, name: string, root: string): Promise<Hook> {
  const path = join(folder, name)
  const unsafe = (reason: string, hint: string) =>
    new TeamchatError('files.unsafe', `cannot use ${path}: ${reason}`, { hint })
  try {
    await checkTrustedFolder(folder, root)
    const stat = await lstat(path)
    if (stat.isSymbolicLink()) throw unsafe('it is a symbolic link', 'put the file itself there')
    if (!stat.isFile()) throw unsafe('it is not a regular file', `look at ${path}`)
    checkTrust(path, stat, root)
    if (name.endsWith('.json')) return await readAction(path, name)
    if ((stat.mode & 0o100) === 0) throw unsafe('it is not executable', `chmod +x ${path}, or remove it`)
    return { kind: 'program', name, path, description: `runs ${path}` }
  } catch (error) {
    return refusedHook(name, asTeamchatError(error, 'state.unreadable', `use ${path}`))
  }
}

function refusedHook(name: string, error: unknown): RefusedHook {
  const { message, hint } = asTeamchatError(error, 'files.unsafe', `use the ${name}`)
  return { kind: 'refused', name, reason: message, hint, description: message }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
