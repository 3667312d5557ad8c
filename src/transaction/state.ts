import { dirname } from 'node:path'
import { z } from 'zod'
import { pendingActionSchema } from '../config/services/pending-action.js'
import { deepFreeze } from '../configdb/frozen.js'
import { asTeamchatError, reasonOf, TeamchatError } from '../errors.js'
import { isMissing } from '../system/files/errors.js'
import {
  readFileIfPresent,
  removeLeftovers,
  type WriteOptions,
  writeFileAtomic,
} from '../system/files/files.js'
import { makeFolder } from '../system/files/folder.js'

export const stateSchema = z.strictObject({
  version: z.literal(1),
  /** When we first wrote here; ISO 8601, as all times. */
  managedSince: z.string().optional(),
  adoptedAt: z.string().optional(),
  /** An adoption began; gone once it is complete. */
  adopting: z.boolean().optional(),
  /** Adopted, and `teamchat apply` has not been said. */
  held: z.boolean(),
  /** What we know of our leaves, by name; no secret is kept. */
  leaves: z.record(
    z.string(),
    z.strictObject({
      value: z.json().optional(),
      mark: z.string().optional(),
      explicit: z.boolean(),
      done: z.boolean(),
    }),
  ),
  /** SHA-256 of what each text output held when we last wrote or adopted it. */
  outputs: z.record(z.string(), z.string()),
  /** The site's own outputs: where each stands, below --root, and the SHA-256 of what we last wrote there. */
  siteOutputs: z.record(z.string(), z.strictObject({ path: z.string(), sha256: z.string() })).optional(),
  /** What each output of the package was last rendered from: hashes of its templates and of the values they named. */
  rendered: z
    .record(
      z.string(),
      z.strictObject({ templates: z.string(), variables: z.record(z.string(), z.string()) }),
    )
    .optional(),
  /** The state of the DB whose files and services are all in place. */
  applied: z
    .strictObject({ revision: z.string(), at: z.string(), status: z.enum(['enabled', 'disabled']) })
    .optional(),
  /**
   * Leaves that stay as the site had them when it was adopted, though we would write them otherwise (an address that
   * was never set, a folder said relatively, a variable of the unit): a hash of what was wanted and what was there.
   */
  kept: z.record(z.string(), z.string()).optional(),
  /** The unit ran without being enabled at boot when it was adopted: it stays so until the status changes. */
  notAtBoot: z.boolean().optional(),
  /** Actions of the old module that an adoption took out of the way; as real paths below --root. */
  masked: z.array(z.strictObject({ from: z.string(), to: z.string() })).optional(),
  /** Files and links that enabled the site's own virtual hosts, which ours replaces; `target`: what the link holds. */
  takenVhosts: z
    .array(
      z.strictObject({
        path: z.string(),
        target: z.string().optional(),
        /** SHA-256 of the file when it was taken over. */
        sha256: z.string(),
        /** Out of Apache's way by now. */
        disabled: z.boolean(),
      }),
    )
    .optional(),
  /** Modules of Apache that we have enabled. */
  modules: z.array(z.string()).optional(),
  /** When `teamchat retire` gave the host back: nothing is managed until the next adoption. */
  retiredAt: z.string().optional(),
  /** A retirement whose last step, in the DB, is still to come: said again, it is finished. */
  retiring: z.boolean().optional(),
  /** The properties that what was written last goes by, as `concerningProperties` gives them. */
  properties: z.record(z.string(), z.string()).optional(),
  /** The certificates of our virtual host as Apache has loaded them, by their files. */
  certificates: z
    .record(
      z.string(),
      z.strictObject({ keyFile: z.string(), chainFile: z.string(), fingerprint: z.string() }),
    )
    .optional(),
  /** Actions that must follow what was written; on disk before the first file is. */
  owed: z.array(pendingActionSchema),
  /**
   * The last change of files, by the id in its journal. acting: they are in place and services follow; undoing: they go
   * back, `why` in words; over: what is left of it may be swept away. A journal with another id: the files were not all
   * in place yet.
   */
  transaction: z
    .strictObject({
      id: z.string(),
      phase: z.enum(['acting', 'undoing', 'over']),
      /** What a look at the site found before services were touched. */
      looked: z.json().optional(),
      why: z.array(z.string()).optional(),
    })
    .optional(),
  /** A rollback that is in force: what it put back, and the DB's properties at that time that concern it. */
  pin: z
    .strictObject({
      generation: z.int(),
      since: z.string(),
      properties: z.record(z.string(), z.string()),
    })
    .optional(),
  /** The last values that a check refused, or that were undone: a hash of them, and what was said. */
  refused: z
    .strictObject({
      by: z.enum(['check', 'undo']),
      fingerprint: z.string(),
      at: z.string(),
      message: z.string(),
      hint: z.string(),
    })
    .optional(),
  /** There was a DB with an explicit status: one without is a lost one. */
  lastGood: z.strictObject({ mattermostRecord: z.literal(true), domainName: z.string() }).optional(),
})

export type SettingsState = z.infer<typeof stateSchema>

/** The state of a host that we have never touched. */
export function emptyState(): SettingsState {
  return { version: 1, held: false, leaves: {}, outputs: {}, owed: [] }
}

/** True once we have written here, or the site was adopted. */
export function isKnownHost({ managedSince, adoptedAt }: SettingsState): boolean {
  return managedSince !== undefined || adoptedAt !== undefined
}

/** Where the state of the settings lies. */
export interface StateFile {
  read(): Promise<SettingsState>
  write(state: SettingsState): Promise<void>
  /** Takes away what a killed write of it has left. */
  sweep(): Promise<void>
}

/**
 * The state file (0600 in a folder 0700). A missing one is the empty state. One that cannot be understood is
 * `state.unreadable`, since without it nobody knows what is ours; it is never overwritten then.
 */
export function createStateFile(path: string, root: string): StateFile {
  /** The last text that was read or written, with what it says: it is asked for at each save, and changes with each. */
  let known: { text: string; state: SettingsState } | undefined
  return {
    read: async () => {
      const bytes = await readFileIfPresent(path).catch(cause => {
        throw asTeamchatError(cause, 'state.unreadable', `read ${path}`)
      })
      if (bytes === undefined) return emptyState()
      const text = bytes.toString('utf8')
      if (known?.text === text) return known.state
      try {
        known = { text, state: deepFreeze(stateSchema.parse(JSON.parse(text))) }
        return known.state
      } catch (cause) {
        const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : 'it is not JSON'
        throw new TeamchatError('state.unreadable', `cannot understand ${path}: ${reasonOf(reason)}`, {
          hint: `nothing is done meanwhile; restore ${path} from a backup, or move it away and run teamchat adopt`,
        })
      }
    },
    write: async state => {
      const text = `${JSON.stringify(state, null, 2)}\n`
      await writePrivate(path, text, root)
      // As it would be read: what is undefined is not there.
      known = { text, state: deepFreeze(JSON.parse(text) as SettingsState) }
    },
    sweep: () => removeLeftovers(path, root),
  }
}

/** Writes a file 0600, durable; its folder is made 0700 where it is missing. */
export async function writePrivate(
  path: string,
  text: string,
  root: string,
  options: Pick<WriteOptions, 'early'> = {},
): Promise<void> {
  const write = () => writeFileAtomic(path, text, { ...options, root, mode: 0o600, force: true })
  try {
    await write()
  } catch (error) {
    if (!isMissing(error)) throw error
    await makeFolder(dirname(path), root, 0o700)
    await write()
  }
}
