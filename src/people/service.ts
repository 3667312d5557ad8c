import { availableParallelism } from 'node:os'
import type { Waiting } from '../api/contract/common.js'
import type { ConfirmOutcome, ImportLine, SyncReport } from '../api/contract/people.js'
import type { Status } from '../api/contract/service.js'
import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'
import { asTeamchatError, type ErrorCode, TeamchatError } from '../errors.js'
import type { Outcome } from '../events/types.js'
import type { MattermostClient } from '../mattermost/client.js'
import type { Paths } from '../paths.js'
import { confirmPlan, planOnly } from './confirm.js'
import { Credentials } from './credentials/credentials.js'
import { checkPassword } from './credentials/password.js'
import { OwedMails } from './credentials/pending-mails.js'
import { CredentialStore } from './credentials/store.js'
import { runAutomatic } from './follow/automatic.js'
import { type ChangesOutcome, runChanges } from './follow/changes.js'
import { Followed } from './follow/followed.js'
import { PeopleLinks } from './links/commands.js'
import { rememberingLinks } from './links/host.js'
import { LinkStore } from './links/links.js'
import { type Gate, type PeopleParts, remember, type ServiceLog } from './parts.js'
import { readEverybody, troubleAt } from './read.js'
import { ResultStore } from './results.js'
import { rulesOf } from './run/act.js'
import { deactivateNamed } from './run/deactivate.js'
import { endSessionsNamed } from './run/end-sessions.js'
import { runEverybody } from './run/everybody.js'
import { syncNamed } from './run/named.js'
import { isOwed, prepare } from './run/prepare.js'
import { PeopleStateStore } from './state.js'
import { peopleStatus } from './status.js'

export interface PeopleServiceOptions {
  paths: Pick<
    Paths,
    'root' | 'linksFile' | 'linksJournal' | 'credentialsFolder' | 'peopleStateFile' | 'resultsFile'
  >
  settings: () => Promise<Settings>
  provider: (settings: Settings) => AccountProvider
  mattermost: (settings: Settings) => MattermostClient
  /** Whether automatic runs may act here; the bulk command does not ask. */
  gate: () => Promise<Gate>
  machine: () => Promise<string | undefined>
  log: ServiceLog
  now?: () => Date
  cores?: number
}

/** What stands in the way of any run is told as waiting, and not as the last error. */
const WAITS = new Set<ErrorCode>(['mattermost.noAccount', 'settings.notAdopted', 'host.changed'])

/** Why the run after a confirmation did not come about, with what is done all the same. */
function confirmedBut(error: unknown): unknown {
  if (!(error instanceof TeamchatError)) return error
  const hint = `${error.hint}; that this directory is followed is confirmed and kept`
  return new TeamchatError(error.code, error.message, { hint, cause: error })
}

/**
 * Directory → Mattermost. The holder of the lock has one of these. A caller runs one method that changes people, links or
 * credentials at a time, in a queue of its own; methods that only look (`planAll`, `status`, `credentials.credentials`,
 * `credentials.report`, `links.list`, and dry runs) may be called beside it. Automatic runs create, link, join and update, and
 * deactivate whom the directory shows as locked, ended or gone, within the rate limits.
 */
export class PeopleService {
  /** Passwords, links to set one, and results. */
  readonly credentials: Credentials
  /** Who is who, by command. */
  readonly links: PeopleLinks
  /** Known facts about the directory that is followed. */
  readonly followed = new Followed()
  readonly #parts: PeopleParts
  #waiting: Waiting | undefined

  constructor({ paths, ...options }: PeopleServiceOptions) {
    this.#parts = {
      now: () => new Date(),
      cores: availableParallelism(),
      ...options,
      links: new LinkStore(paths),
      credentials: new CredentialStore(paths),
      state: new PeopleStateStore(paths),
      results: new ResultStore(paths),
      mails: new OwedMails(),
      followed: this.followed,
    }
    this.credentials = new Credentials(this.#parts)
    this.links = new PeopleLinks(this.#parts)
  }

  /** Settles what an earlier process left half done. Without Mattermost it is left for the next run, and logged. */
  reconcile(): Promise<void> {
    return rememberingLinks(this.#parts, async () => {
      try {
        const isPending = (await this.#parts.credentials.all()).some(one => one.state === 'pending')
        await this.#parts.links.load()
        if (!isPending && !this.#parts.links.all().some(isOwed)) return
        await prepare(this.#parts, this.#parts.mattermost(await this.#parts.settings()))
      } catch (error) {
        const { message, hint } = asTeamchatError(error, 'failed', 'settle what was left half done')
        this.#parts.log.warn(
          { reason: message, hint },
          'what was left half done is looked at again at the next run',
        )
      }
    })
  }

  /** For `user-create`, `user-modify`, `user-unlock`, `password-modify`: an outcome for each name as given. */
  syncNamed(logins: string[], signal?: AbortSignal): Promise<Map<string, Outcome>> {
    return rememberingLinks(this.#parts, async () =>
      this.#noted(await syncNamed(this.#parts, logins, 'change', signal)),
    )
  }

  /** For `user-lock`: as `syncNamed`, and looks again at whoever is not locked yet. */
  lockNamed(logins: string[], signal?: AbortSignal): Promise<Map<string, Outcome>> {
    return rememberingLinks(this.#parts, async () =>
      this.#noted(await syncNamed(this.#parts, logins, 'lock', signal)),
    )
  }

  /** For `user-delete`: an outcome for each name as given. */
  deactivateNamed(logins: string[], signal?: AbortSignal): Promise<Map<string, Outcome>> {
    return rememberingLinks(this.#parts, async () =>
      this.#noted(await deactivateNamed(this.#parts, logins, signal)),
    )
  }

  /** For `password-modify`: ends sessions where OnPasswordModify says so; an outcome for each name as given. */
  endSessionsNamed(logins: string[]): Promise<Map<string, Outcome>> {
    return rememberingLinks(this.#parts, async () => {
      const outcomes = await endSessionsNamed(this.#parts, logins)
      // It comes after a sync of the same people, whose wait it must not hide.
      return [...outcomes.values()].some(one => one.state === 'waiting') ? this.#noted(outcomes) : outcomes
    })
  }

  /**
   * The automatic run over everybody (`UserSync=full`). Throws `settings.notAdopted` where the provider is not
   * confirmed or the gate is closed, `mattermost.noAccount` before the wizard, `mattermost.*`, `directory.*`.
   */
  syncAll(signal?: AbortSignal): Promise<SyncReport> {
    return this.#following(settings => runAutomatic(this.#parts, settings, signal))
  }

  /** As `syncAll`, over whoever has changed in the directory, where that can be told: see `runChanges`. */
  syncChanges(signal?: AbortSignal): Promise<ChangesOutcome> {
    return this.#following(settings => runChanges(this.#parts, settings, signal))
  }

  /** The plan of a full sync; changes nobody. */
  planAll(signal?: AbortSignal): Promise<ConfirmOutcome> {
    return planOnly(this.#parts, signal)
  }

  /** As `planAll`; what it shows is confirmed: see `confirmPlan`. */
  confirm(signal?: AbortSignal): Promise<ConfirmOutcome> {
    return rememberingLinks(this.#parts, () => this.#remembered(() => confirmPlan(this.#parts, signal)))
  }

  /** `teamchat users sync [--confirm]`: the plan; with `confirm` it is recorded, and run where `UserSync` is not off. */
  async syncUsers(
    { confirm }: { confirm: boolean },
    signal?: AbortSignal,
  ): Promise<ConfirmOutcome & { report: SyncReport | undefined }> {
    if (!confirm) return { ...(await this.planAll(signal)), report: undefined }
    const outcome = await this.confirm(signal)
    const settings = await this.#parts.settings()
    if (settings.mattermost.userSync === 'off') {
      return {
        ...outcome,
        notes: [...outcome.notes, 'UserSync is off: nobody was changed'],
        report: undefined,
      }
    }
    const report = await rememberingLinks(this.#parts, () =>
      this.#remembered(() => this.#trying(() => runAutomatic(this.#parts, settings, signal))),
    ).catch(error => {
      throw confirmedBut(error)
    })
    return { ...outcome, report }
  }

  /**
   * `mattermost-bulk-user-create`: everybody, whatever `UserSync` and the gate say. `onLine` is awaited and gets each
   * line once its outcome is known; what it throws ends the run. Passwords stay in the credentials folder until it is told to forget
   * them. Throws `settings.invalid` for a password that the server would refuse, or a missing
   * DomainName, before anything is created; `mattermost.*`, `directory.*`, `files.write` where it ends early.
   */
  importAll(options: {
    password: string | undefined
    onLine: (line: ImportLine) => Promise<void>
    signal?: AbortSignal | undefined
  }): Promise<SyncReport> {
    const { password, onLine, signal } = options
    return rememberingLinks(this.#parts, () =>
      this.#remembered(async () => {
        const settings = await this.#parts.settings()
        const client = this.#parts.mattermost(settings)
        const wrong =
          password === undefined ? undefined : checkPassword(password, await client.passwordPolicy())
        if (wrong !== undefined) {
          throw new TeamchatError('settings.invalid', `cannot give everybody this password: ${wrong}`, {
            hint: 'nobody was created; see PasswordSettings in the System Console, or leave the password out',
          })
        }
        await prepare(this.#parts, client)
        const ready = await readEverybody(
          { parts: this.#parts, settings, client },
          { rateLimited: false },
          signal,
        )
        return runEverybody(this.#parts, client, ready, {
          password,
          delivery: 'password',
          firstBecomesAdministrator: true,
          importOnly: true,
          counted: false,
          rules: rulesOf(settings),
          onLine,
          signal,
        })
      }),
    )
  }

  /** The part of `teamchat status` about people. Does not wait for a run, and does not throw. */
  status(): Promise<Status['people']> {
    return peopleStatus(this.#parts, this.#waiting)
  }

  #following<T>(work: (settings: Settings) => Promise<T>): Promise<T> {
    return rememberingLinks(this.#parts, async () => {
      const settings = await this.#parts.settings()
      if (settings.mattermost.userSync !== 'full') {
        throw new TeamchatError('settings.invalid', 'cannot run a full sync: UserSync is not full', {
          hint: 'teamchat config setprop mattermost UserSync full',
        })
      }
      return this.#remembered(() => this.#trying(() => work(settings)))
    })
  }

  #trying<T>(work: () => Promise<T>): Promise<T> {
    return this.followed.trying(() => this.#parts.now().getTime(), work)
  }

  /** Keeps what a run came to for `status`: what it waits for, or its error; a good one clears both. */
  async #remembered<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work()
      this.#waiting = undefined
      await remember(this.#parts, { lastError: undefined })
      return result
    } catch (error) {
      const known = asTeamchatError(error, 'failed', 'bring Mattermost in line with the directory')
      if (WAITS.has(known.code)) {
        this.#waiting = { reason: known.message, hint: known.hint }
      } else {
        await remember(this.#parts, { lastError: troubleAt(this.#parts.now(), known) })
      }
      throw error
    }
  }

  #noted(outcomes: Map<string, Outcome>): Map<string, Outcome> {
    const waits = [...outcomes.values()].find(outcome => outcome.state === 'waiting')
    this.#waiting = waits === undefined ? undefined : { reason: waits.reason, hint: waits.hint }
    return outcomes
  }
}
