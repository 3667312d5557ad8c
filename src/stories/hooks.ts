import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { reasonOf, TeamchatError } from '../errors.js'
import { EVENT_NAME } from '../events/spool.js'
import { isMissing } from '../system/files.js'

const hookSchema = z.strictObject({
  action: z.enum(['sync-person', 'lock-person', 'deactivate-person']),
  description: z.string(),
})

/** A declared action that runs when an event is fired. */
export interface Hook {
  /** The file's name, `50-sync-person.json`; hooks run in the order of their names. */
  name: string
  action: z.infer<typeof hookSchema>['action']
  description: string
}

/** The hooks of every event below `folder`, as they are on disk now. Events without any hook are left out. */
export async function readHooks(folder: string): Promise<Map<string, Hook[]>> {
  const hooks = new Map<string, Hook[]>()
  for (const event of (await namesIn(folder)).filter(name => EVENT_NAME.test(name))) {
    const names = (await namesIn(join(folder, event))).filter(name => name.endsWith('.json'))
    const ofEvent = await Promise.all(names.map(name => readHook(join(folder, event, name), name)))
    if (ofEvent.length > 0) hooks.set(event, ofEvent)
  }
  return hooks
}

/**
 * Checks that the event exists and that its arguments can name somebody, before anything is queued.
 * Throws `event.unknown` with the known names, `usage` for arguments.
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
  if (personOf(args) === '') {
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

async function readHook(path: string, name: string): Promise<Hook> {
  try {
    return { name, ...hookSchema.parse(JSON.parse(await readFile(path, 'utf8'))) }
  } catch (error) {
    throw new TeamchatError('state.unreadable', `cannot read the hook ${path}: ${reasonOf(error)}`, {
      hint: 'put the file of the package back',
      cause: error,
    })
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
