import { z } from 'zod'
import { anything, type Call } from './call.js'
import type { PasswordPolicy, ServerFacts, ServerHealth } from './types.js'

const healthSchema = z.object({ database_status: z.string(), filestore_status: z.string() })

const factsSchema = z.object({
  NoAccounts: z.enum(['true', 'false']),
  DiagnosticId: z.string().default(''),
  Version: z.string().default(''),
})

const configSchema = z.record(z.string(), z.unknown())

const policySchema = z.object({
  PasswordSettings: z.object({
    MinimumLength: z.number(),
    Lowercase: z.boolean(),
    Uppercase: z.boolean(),
    Number: z.boolean(),
    Symbol: z.boolean(),
  }),
})

const teamSettingsSchema = z.object({ TeamSettings: z.object({ MaxUsersPerTeam: z.number() }) })

const localModeSchema = z.object({ ServiceSettings: z.object({ EnableLocalMode: z.boolean() }) })

/** Answers as soon as the server does. */
export async function ping(call: Call): Promise<void> {
  await call({ method: 'GET', path: '/system/ping', answer: anything, doing: 'ping Mattermost' })
}

/** Mattermost asks its database and its file store; it answers 500, with the same members, where one is not well. */
export async function readHealth(call: Call): Promise<ServerHealth> {
  const health = await call({
    method: 'GET',
    path: '/system/ping?get_server_status=true',
    answer: healthSchema,
    doing: 'ask Mattermost for its health',
    alsoStatus: 500,
  })
  return { databaseOk: health.database_status === 'OK', fileStoreOk: health.filestore_status === 'OK' }
}

export async function readFacts(call: Call): Promise<ServerFacts> {
  const facts = await call({
    method: 'GET',
    path: '/config/client?format=old',
    answer: factsSchema,
    doing: 'ask Mattermost about itself',
  })
  return {
    noAccounts: facts.NoAccounts === 'true',
    diagnosticId: facts.DiagnosticId,
    version: facts.Version,
  }
}

/** The whole running configuration with its secrets: never log it. */
export function readConfig(call: Call): Promise<Record<string, unknown>> {
  return call({
    method: 'GET',
    path: '/config',
    answer: configSchema,
    doing: "read Mattermost's configuration",
  })
}

export async function readPasswordPolicy(call: Call): Promise<PasswordPolicy> {
  const { PasswordSettings } = await call({
    method: 'GET',
    path: '/config',
    answer: policySchema,
    doing: "read Mattermost's password rule",
  })
  return {
    minimumLength: PasswordSettings.MinimumLength,
    lowercase: PasswordSettings.Lowercase,
    uppercase: PasswordSettings.Uppercase,
    number: PasswordSettings.Number,
    symbol: PasswordSettings.Symbol,
  }
}

/** How many active members a team can have; the server's own default is 50. */
export async function readMaxUsersPerTeam(call: Call): Promise<number> {
  const { TeamSettings } = await call({
    method: 'GET',
    path: '/config',
    answer: teamSettingsSchema,
    doing: 'read how many people a team takes',
  })
  return TeamSettings.MaxUsersPerTeam
}

/** Whether the running configuration still has local mode on; without it the socket answers, and refuses writes. */
export async function readLocalMode(call: Call): Promise<boolean> {
  const { ServiceSettings } = await call({
    method: 'GET',
    path: '/config',
    answer: localModeSchema,
    doing: "read Mattermost's configuration",
  })
  return ServiceSettings.EnableLocalMode
}

/** Makes the server read its config.json again; on a refusal the old configuration stays in force. */
export async function reload(call: Call): Promise<void> {
  await call({
    method: 'POST',
    path: '/config/reload',
    answer: anything,
    doing: "reload Mattermost's configuration",
  })
}

/** Changes the named leaves only. There is no call that replaces the whole: it would reset what is not named. */
export async function patch(call: Call, leaves: Record<string, unknown>): Promise<void> {
  await call({
    method: 'PUT',
    path: '/config/patch',
    body: leaves,
    answer: anything,
    doing: "change Mattermost's configuration",
  })
}
