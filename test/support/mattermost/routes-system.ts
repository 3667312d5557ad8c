import { accessSync, constants, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { App } from './app.js'
import { createBot, listBots, setBotActive } from './bots.js'
import { InvalidConfig } from './config-file.js'
import { ApiError, invalidBody, sessionExpired } from './errors.js'
import { newId } from './ids.js'
import { type Call, type Reply, type Route, route } from './router.js'
import { page } from './routes-users.js'
import { people } from './users.js'

/** Health, configuration and bots. */
export const systemRoutes: readonly Route[] = [
  route('GET', '/system/ping', 'free', 'open', ping),
  route('GET', '/config/client', 'free', 'open', clientConfig),
  route('GET', '/config', 'free', 'admin', call => found(call.app.config.running)),
  route('PUT', '/config', 'free', 'admin', call => found(call.app.config.replace(call.body))),
  route('PUT', '/config/patch', 'free', 'admin', call => found(call.app.config.patch(call.body))),
  route('POST', '/config/reload', 'checked', 'admin', reload),
  route('GET', '/bots', 'free', 'admin', call =>
    found(page(listBots(call.app, call.query.get('include_deleted') === 'true'), call.query)),
  ),
  route('POST', '/bots', 'no', 'admin', call => {
    if (!call.user) throw sessionExpired()
    return { status: 201, body: createBot(call.app, call.user, call.body) }
  }),
  route('POST', '/bots/{id}/enable', 'checked', 'admin', call =>
    found(setBotActive(call.app, botId(call), true)),
  ),
  route('POST', '/bots/{id}/disable', 'checked', 'admin', call =>
    found(setBotActive(call.app, botId(call), false)),
  ),
]

function botId(call: Call): string {
  return call.params.id ?? ''
}

function found(body: unknown): Reply {
  return { status: 200, body }
}

function ping(call: Call): Reply {
  const clients = { AndroidLatestVersion: '', AndroidMinVersion: '', IosLatestVersion: '', IosMinVersion: '' }
  const answer = { ActiveSearchBackend: 'database', ...clients, status: 'OK' }
  if (call.query.get('get_server_status') !== 'true') return found(answer)
  const files = filesAreWritable(call.app)
  const database = !call.app.faults.now().databaseDown
  const word = (healthy: boolean) => (healthy ? 'OK' : 'UNHEALTHY')
  const full = {
    ...answer,
    database_status: word(database),
    filestore_status: word(files),
    root_status: false,
    status: word(files && database),
  }
  return { status: files && database ? 200 : 500, body: full }
}

function filesAreWritable(app: App): boolean {
  const folder = resolve(app.home, app.config.running.FileSettings.Directory)
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
    return true
  } catch (error) {
    process.stderr.write(`stand-in for Mattermost: cannot write to ${folder}: ${(error as Error).message}\n`)
    return false
  }
}

/** Empty until there is somebody: then the wizard of the first access is over. */
function clientConfig(call: Call): Reply {
  const { app } = call
  if (call.query.get('format') === null) throw new ApiError(501, 'api.config.client.old_format.app_error')
  if (call.query.get('format') !== 'old') throw invalidBody('format')
  const { ServiceSettings, TeamSettings, EmailSettings, PasswordSettings, LogSettings } = app.config.running
  return found({
    Version: `${app.version.name}.0`,
    BuildNumber: 'stand-in for Mattermost',
    BuildEnterpriseReady: 'false',
    SiteURL: ServiceSettings.SiteURL,
    SiteName: TeamSettings.SiteName,
    WebsocketURL: ServiceSettings.WebsocketURL,
    EnableUserCreation: String(TeamSettings.EnableUserCreation),
    EnableOpenServer: String(TeamSettings.EnableOpenServer),
    EnableSignUpWithEmail: String(EmailSettings.EnableSignUpWithEmail),
    EnableSignInWithEmail: String(EmailSettings.EnableSignInWithEmail),
    EnableSignInWithUsername: String(EmailSettings.EnableSignInWithUsername),
    EnableDiagnostics: String(LogSettings.EnableDiagnostics),
    PasswordMinimumLength: String(PasswordSettings.MinimumLength),
    PasswordRequireLowercase: String(PasswordSettings.Lowercase),
    PasswordRequireUppercase: String(PasswordSettings.Uppercase),
    PasswordRequireNumber: String(PasswordSettings.Number),
    PasswordRequireSymbol: String(PasswordSettings.Symbol),
    DiagnosticId: diagnosticId(app),
    TelemetryId: diagnosticId(app),
    NoAccounts: String(people(app).length === 0),
  })
}

/** The server's own id: made once, then kept with the users. */
function diagnosticId(app: App): string {
  const known = app.state.get('system', 'DiagnosticId')
  if (known) return known.value
  const value = newId()
  app.state.put('system', 'DiagnosticId', { value })
  return value
}

function reload(call: Call): Reply {
  try {
    call.app.config.load()
  } catch (error) {
    if (error instanceof InvalidConfig) throw new ApiError(500, 'api.config.reload_config.app_error')
    throw error
  }
  return { status: 200, body: { status: 'OK' } }
}
