import { z } from 'zod'
import { lines } from './common.js'

const because = { reason: z.string(), hint: z.string() }

/** Whether the settings service may touch this host. */
export const managementSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('managed') }),
  /** No explicit `status`: nothing is done, and that is fine. */
  z.object({ state: z.literal('unmanaged'), ...because }),
  /** The site has its own values or vhost: `teamchat adopt` first. `differences`: a line each. */
  z.object({ state: z.literal('not-adopted'), ...because, differences: lines }),
  /** Adopted, and held until `teamchat apply`. */
  z.object({ state: z.literal('held'), ...because }),
  /** Managing is not possible here: configuration in the database, old module live, DB lost or invalid. */
  z.object({ state: z.literal('refused'), ...because }),
])
export type Management = z.infer<typeof managementSchema>

/** One step that a plan wants, with its causes. */
const plannedActionSchema = z.object({
  /** enable, disable, start, stop, restart, reload, api-reload, create-secret, enable-module … */
  verb: z.string(),
  /** A unit or `mattermost`; '' where the verb says it all. */
  target: z.string(),
  /** `mattermost.ListenPort 8065 → 8066` */
  causes: lines,
})
export type PlannedAction = z.infer<typeof plannedActionSchema>

/** A file that would change. */
const plannedFileSchema = z.object({
  output: z.string(),
  path: z.string(),
  change: z.enum(['create', 'change', 'remove']),
  /** `ServiceSettings.SiteURL: "" → "https://chat.example.org"`, or lines of a diff. */
  changes: lines,
})
export type PlannedFile = z.infer<typeof plannedFileSchema>

/** A file of a plan with its unified diff; for config.json a line a leaf. */
const plannedDiffSchema = z.object({ ...plannedFileSchema.shape, diff: lines })
export type PlannedDiff = z.infer<typeof plannedDiffSchema>

export const settingsPlanSchema = z.object({
  management: managementSchema,
  revision: z.string(),
  files: z.array(plannedDiffSchema),
  actions: z.array(plannedActionSchema),
  /** Kept edits and other things worth knowing. */
  notes: lines,
})
export type SettingsPlan = z.infer<typeof settingsPlanSchema>

export const settingsOutcomeSchema = z.object({
  /** applied: something was done; unchanged: nothing to do; held: it waits for the operator, and the notes say why. */
  state: z.enum(['applied', 'unchanged', 'held']),
  plan: settingsPlanSchema,
  done: lines,
  /** Certificates that could not be loaded just now; absent where there are none. */
  renewing: lines.optional(),
})
export type SettingsOutcome = z.infer<typeof settingsOutcomeSchema>

export const adoptOptionsSchema = z.strictObject({
  /** Says what would be done; writes nothing at all. */
  dryRun: z.boolean().default(false),
  /** The site's own virtual host is taken over as well. */
  vhost: z.boolean().default(false),
})
export type AdoptOptions = z.output<typeof adoptOptionsSchema>

export const adoptOutcomeSchema = z.object({
  dryRun: z.boolean(),
  /** Values that were, or would be, taken over. */
  taken: lines,
  /** The changes that remain for `teamchat apply`. */
  plan: settingsPlanSchema,
})
export type AdoptOutcome = z.infer<typeof adoptOutcomeSchema>

export const retireOptionsSchema = z.strictObject({
  /** Says what would be done; writes nothing at all. */
  dryRun: z.boolean().default(false),
  /** config.json and the web server come back to the state that the last adoption found. */
  giveBack: z.boolean().default(false),
})
export type RetireOptions = z.output<typeof retireOptionsSchema>

export const retireOutcomeSchema = z.object({
  dryRun: z.boolean(),
  /** retired: this host is unmanaged from now on (dryRun: would be); nothing: it was not managed. */
  state: z.enum(['retired', 'nothing']),
  /** Files that are given back, and the services that are told. */
  files: z.array(plannedFileSchema),
  actions: z.array(plannedActionSchema),
  /** The old module's actions that are, or would be, live again. */
  unmasked: lines,
  /** Things that stay as they are. */
  stays: lines,
  /** Things done; none in a dry run. */
  done: lines,
})
export type RetireOutcome = z.infer<typeof retireOutcomeSchema>
