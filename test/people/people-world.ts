import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Credential, ImportLine, SyncReport } from '../../src/api/contract/people.js'
import type { Settings } from '../../src/configdb/settings.js'
import type { Account } from '../../src/directory/account.js'
import type { AccountProvider } from '../../src/directory/account-provider.js'
import { TeamchatError } from '../../src/errors.js'
import { MattermostClient } from '../../src/mattermost/client.js'
import { createPaths, type Paths } from '../../src/paths.js'
import type { Gate } from '../../src/people/parts.js'
import { importLineText } from '../../src/people/run/import.js'
import { PeopleService } from '../../src/people/service.js'
import type { Mattermost } from '../support/mattermost/start.js'

/** The people service between a directory in memory and a running Mattermost; everything can be changed on the way. */
export class World {
  readonly paths: Paths
  readonly logged: string[] = []
  /** Called with each line of the log. */
  onLog: (line: string) => void = () => undefined
  accounts: Account[] = []
  /** Logins by the name of the directory's group. */
  groups: Record<string, string[]> = {}
  locksKnown = true
  directoryError: TeamchatError | undefined
  gate: Gate = { allowed: true }
  machine: string | undefined = 'first'
  mattermost: Partial<Settings['mattermost']> = {}
  company = 'Example Org'
  domainName = 'example.org'
  identity = { provider: 'memory', base: 'dc=test', filter: '' }
  /** A real directory in place of `accounts`. */
  directory: AccountProvider | undefined
  /** The clock. */
  now: () => Date = () => new Date()
  service: PeopleService

  constructor(
    t: { teardown(end: () => unknown): unknown },
    readonly server: Mattermost,
    /** State that another world has left. */
    paths?: Paths,
  ) {
    this.paths = paths ?? createPaths({ root: mkdtempSync(join(tmpdir(), 'people-world-')) })
    const { root } = this.paths
    t.teardown(() => rmSync(root, { recursive: true, force: true }))
    this.service = this.newService()
  }

  /** As a new process would have it. */
  newService(): PeopleService {
    const log = (facts: object, message: string) => {
      const line = `${message} ${JSON.stringify(facts)}`
      this.logged.push(line)
      this.onLog(line)
    }
    return new PeopleService({
      paths: this.paths,
      settings: async () => this.settings(),
      provider: settings => this.directory ?? this.provider(settings.provider.selection.groups),
      mattermost: () => this.wrapClient(this.client()),
      gate: async () => this.gate,
      machine: async () => this.machine,
      log: { info: log, warn: log, error: log },
      now: () => this.now(),
      cores: 2,
    })
  }

  /** What stands between the service and Mattermost; a test may put something in between. */
  wrapClient: (client: MattermostClient) => MattermostClient = client => client

  client(): MattermostClient {
    const allowedUids = async () => [process.getuid?.() ?? 0]
    return new MattermostClient({ socket: this.server.socketPath, root: '', allowedUids })
  }

  /** What the bulk command would print, and its report or error. */
  async import(
    password?: string,
    onLine: (line: ImportLine) => Promise<void> = async () => undefined,
  ): Promise<{
    lines: string[]
    passwords: Map<string, string>
    report: SyncReport | undefined
    error: unknown
  }> {
    const lines: string[] = []
    const passwords = new Map<string, string>()
    const take = async (line: ImportLine) => {
      await onLine(line)
      if (line.kind === 'created') passwords.set(line.login, line.password)
      const shown = importLineText(line.kind === 'created' ? { ...line, password: '***' } : line)
      if (shown !== undefined) lines.push(line.kind === 'note' ? `note: ${shown}` : shown)
      if (line.kind === 'existing' && line.conflict !== undefined) lines.push(`conflict: ${line.conflict}`)
      if (line.kind === 'created') await this.service.credentials.forget([line.credentialId])
    }
    try {
      const report = await this.service.importAll({ password, onLine: take })
      return { lines, passwords, report, error: undefined }
    } catch (error) {
      return { lines, passwords, report: undefined, error }
    }
  }

  /** What is kept for one person, or for everybody. */
  credentials(login?: string): Promise<Credential[]> {
    return this.service.credentials.credentials({ login, group: undefined })
  }

  /** One name's outcome, as `state: message`. */
  async sync(login: string): Promise<string> {
    const outcome = (await this.service.syncNamed([login])).get(login)
    return `${outcome?.state}: ${outcome?.message}`
  }

  async delete(login: string): Promise<string> {
    const outcome = (await this.service.deactivateNamed([login])).get(login)
    return `${outcome?.state}: ${outcome?.message}`
  }

  async lock(login: string): Promise<string> {
    const outcome = (await this.service.lockNamed([login])).get(login)
    return `${outcome?.state}: ${outcome?.message}`
  }

  /** What `password-modify` does after the sync. */
  async endSessions(login: string): Promise<string> {
    const outcome = (await this.service.endSessionsNamed([login])).get(login)
    return `${outcome?.state}: ${outcome?.message}`
  }

  async canLogIn(login: string, password: string): Promise<boolean> {
    return (await this.server.login(login, password)).ok
  }

  settings(): Settings {
    return {
      revision: '1',
      mattermost: {
        siteUrl: 'https://chat.example.org',
        team: '',
        userSync: 'events',
        pollInterval: 5,
        syncInterval: 60,
        fullReadInterval: 3600,
        firstAdmin: 'wizard',
        newUserPassword: 'random',
        credentialDays: 30,
        emailFrom: 'mail',
        goneAfterMs: 86_400_000,
        maxDeactivate: undefined,
        maxCreate: 100,
        releaseNames: false,
        onPasswordModify: 'ignore',
        ...this.mattermost,
      },
      provider: { selection: { groups: [] as string[] } },
      company: this.company,
      domainName: this.domainName,
    } as Settings // the rest is none of the people service's business
  }

  private provider(groups: string[]): AccountProvider {
    const read = (all: Account[]) => {
      if (this.directoryError !== undefined) throw this.directoryError
      const { locksKnown } = this
      const members = new Set(groups.flatMap(group => this.groups[group] ?? []))
      const accounts = groups.length === 0 ? all : all.filter(one => members.has(one.login))
      return { locksKnown, accounts: accounts.map(one => (locksKnown ? one : { ...one, locked: undefined })) }
    }
    return {
      description: 'memory, dc=test',
      identity: this.identity,
      watchedFile: undefined,
      readAll: async () => {
        if (this.accounts.length === 0) throw new TeamchatError('directory.empty', 'cannot see anybody')
        return read(this.accounts)
      },
      readNamed: async ({ logins, ids }) => {
        const wanted = (one: Account) => logins.includes(one.login.toLowerCase()) || ids.includes(one.id)
        const othersSeen = this.accounts.some(one => !wanted(one))
        return { ...read(this.accounts.filter(wanted)), othersSeen }
      },
    }
  }
}
