import { z } from 'zod'
import { nameSchema } from './contract/common.js'
import { diffOptionsSchema, diffOutcomeSchema, generationNumber, historySchema } from './contract/history.js'
import {
  hostOutcomeSchema,
  linkOutcomeSchema,
  linkRequestSchema,
  relinkOutcomeSchema,
  relinkRequestSchema,
  userListSchema,
} from './contract/links.js'
import {
  confirmOutcomeSchema,
  credentialSchema,
  importLineSchema,
  importOptionsSchema,
  invitationSchema,
  peopleReportSchema,
  syncOutcomeSchema,
  syncReportSchema,
  whoseSchema,
} from './contract/people.js'
import {
  eventQuerySchema,
  eventReportSchema,
  pauseOptionsSchema,
  pauseSchema,
  statusSchema,
} from './contract/service.js'
import {
  adoptOptionsSchema,
  adoptOutcomeSchema,
  retireOptionsSchema,
  retireOutcomeSchema,
  settingsOutcomeSchema,
  settingsPlanSchema,
} from './contract/settings.js'
import { defineOperation } from './operation.js'

const NOTHING = z.object({})
const toGeneration = z.strictObject({ to: generationNumber })

/** Every operation of version 1. From this table come the types, the routes, the client and the API's document. */
export const contract = {
  health: defineOperation({
    method: 'GET',
    path: '/v1/health',
    summary: 'Tells that the daemon answers, and its version.',
    output: z.object({ ok: z.literal(true), pid: z.number(), version: z.string() }),
  }),
  status: defineOperation({
    method: 'GET',
    path: '/v1/status',
    summary: 'Shows the state of the daemon, of settings and of people.',
    output: statusSchema,
  }),
  plan: defineOperation({
    method: 'GET',
    path: '/v1/plan',
    summary: 'Shows what apply would change, and why. Writes nothing.',
    output: settingsPlanSchema,
  }),
  apply: defineOperation({
    method: 'POST',
    path: '/v1/apply',
    summary: 'Applies the configuration DB once.',
    input: z.strictObject({ force: z.boolean().default(false) }),
    output: settingsOutcomeSchema,
  }),
  adopt: defineOperation({
    method: 'POST',
    path: '/v1/adopt',
    summary: 'Takes over the settings of an existing Mattermost. Applies nothing.',
    input: adoptOptionsSchema,
    output: adoptOutcomeSchema,
  }),
  retire: defineOperation({
    method: 'POST',
    path: '/v1/retire',
    summary: 'Gives the host back: nothing is managed any more.',
    input: retireOptionsSchema,
    output: retireOutcomeSchema,
  }),
  history: defineOperation({
    method: 'GET',
    path: '/v1/history',
    summary: 'Lists the generations that were applied.',
    output: historySchema,
  }),
  diff: defineOperation({
    method: 'GET',
    path: '/v1/diff',
    summary: 'Shows how generations differ, from each other or from the live files.',
    input: diffOptionsSchema,
    output: diffOutcomeSchema,
  }),
  planRollback: defineOperation({
    method: 'POST',
    path: '/v1/rollback/plan',
    summary: 'Shows what a rollback would change. Writes nothing.',
    input: toGeneration,
    output: settingsPlanSchema,
  }),
  rollback: defineOperation({
    method: 'POST',
    path: '/v1/rollback',
    summary: 'Puts back what a generation wrote, and keeps it until a property that concerns it changes.',
    input: toGeneration,
    output: settingsOutcomeSchema,
  }),
  releaseRollback: defineOperation({
    method: 'POST',
    path: '/v1/rollback/release',
    summary: 'Ends a rollback: the DB counts again, at once.',
    output: settingsOutcomeSchema,
  }),
  planUsers: defineOperation({
    method: 'GET',
    path: '/v1/users/plan',
    summary: 'Shows what a sync of everybody would do. Changes nobody.',
    output: confirmOutcomeSchema,
  }),
  syncUsers: defineOperation({
    method: 'POST',
    path: '/v1/users/sync',
    summary: 'Shows what a sync of everybody would do; with confirm records the provider, and runs it.',
    input: z.strictObject({ confirm: z.boolean().default(false) }),
    output: syncOutcomeSchema,
  }),
  importUsers: defineOperation({
    method: 'POST',
    path: '/v1/users/import',
    summary: 'Imports everybody, as mattermost-bulk-user-create does. Ends when the caller hangs up.',
    input: importOptionsSchema,
    output: syncReportSchema,
    line: importLineSchema,
  }),
  credentials: defineOperation({
    method: 'GET',
    path: '/v1/credentials',
    summary: 'Lists passwords that are still to be delivered.',
    input: whoseSchema,
    output: z.object({ credentials: z.array(credentialSchema) }),
  }),
  forgetCredentials: defineOperation({
    method: 'POST',
    path: '/v1/credentials/forget',
    summary: 'Removes kept passwords for good.',
    input: z.strictObject({ ids: z.array(z.string()).max(10_000) }),
    output: NOTHING,
  }),
  inviteUser: defineOperation({
    method: 'POST',
    path: '/v1/users/invite',
    summary: 'Mails somebody a link to set a password; it is owed where that fails.',
    input: z.strictObject({ login: nameSchema }),
    output: invitationSchema,
  }),
  userReport: defineOperation({
    method: 'GET',
    path: '/v1/users/report',
    summary: 'Shows the last result of one person, or of everybody.',
    input: z.strictObject({ login: nameSchema.optional() }),
    output: peopleReportSchema,
  }),
  listUsers: defineOperation({
    method: 'GET',
    path: '/v1/users/list',
    summary: 'Lists who in the directory is who in Mattermost.',
    output: userListSchema,
  }),
  changeLink: defineOperation({
    method: 'POST',
    path: '/v1/users/link',
    summary: 'Changes who somebody is in Mattermost.',
    input: linkRequestSchema,
    output: linkOutcomeSchema,
  }),
  relinkUsers: defineOperation({
    method: 'POST',
    path: '/v1/users/relink',
    summary: 'Links people again whose directory was made anew, or drops links without a user.',
    input: relinkRequestSchema,
    output: relinkOutcomeSchema,
  }),
  acceptHost: defineOperation({
    method: 'POST',
    path: '/v1/users/accept-host',
    summary: 'Goes on with people on a restored or cloned host.',
    output: hostOutcomeSchema,
  }),
  eventReport: defineOperation({
    method: 'GET',
    path: '/v1/events/:id',
    summary: 'Shows the outcome of an event, once it is finished or waits for the operator.',
    input: eventQuerySchema,
    output: eventReportSchema,
  }),
  lookAtSpool: defineOperation({
    method: 'POST',
    path: '/v1/events/look',
    summary: 'Tells the daemon that an event was put into the spool.',
    output: NOTHING,
  }),
  pause: defineOperation({
    method: 'POST',
    path: '/v1/pause',
    summary: 'Pauses everything but queueing; answers once nothing is under way any more.',
    input: pauseOptionsSchema,
    output: pauseSchema,
  }),
  resume: defineOperation({
    method: 'POST',
    path: '/v1/resume',
    summary: 'Ends a pause and catches up at once.',
    output: z.object({ pause: pauseSchema.optional() }),
  }),
}

export type Contract = typeof contract
export type OperationName = keyof Contract

type InputOf<T> = T extends { input: infer I extends z.ZodType } ? [input: z.output<I>] : []
type LineOf<T> = T extends { line: infer L extends z.ZodType }
  ? [onLine: (line: z.output<L>) => Promise<void>, signal?: AbortSignal]
  : []

/** Everything that can be asked, as functions: of a daemon through its API, or of the app in the same process. */
export type Operations = {
  [Name in OperationName]: (
    ...args: [...InputOf<Contract[Name]>, ...LineOf<Contract[Name]>]
  ) => Promise<z.output<Contract[Name]['output']>>
}
