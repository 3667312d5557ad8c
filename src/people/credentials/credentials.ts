import type { Credential, Invitation, PeopleReport, Whose } from '../../api/contract/people.js'
import type { Settings } from '../../configdb/settings.js'
import { asTeamchatError } from '../../errors.js'
import { checkHost, rememberingLinks } from '../links/host.js'
import type { PeopleParts } from '../parts.js'
import { loginKey } from '../plan/names.js'
import { invite, sendOwedMails, sweepCredentials } from './delivery.js'

/** Hands out what runs have left: passwords, links to set one, and what became of each person. */
export class Credentials {
  readonly #parts: PeopleParts
  #lastProblem = ''

  constructor(parts: PeopleParts) {
    this.#parts = parts
  }

  /** Passwords that are still to be handed out. Does not wait for a run. Throws `directory.*` for a group. */
  async credentials({ login, group }: Whose): Promise<Credential[]> {
    const settings = await this.#parts.settings()
    const members = group === undefined ? undefined : await this.#members(settings, group)
    const { siteUrl } = settings.mattermost
    const kept = await this.#parts.credentials.list(login, siteUrl)
    const found = kept.map(one => ({ ...one, mailProblem: this.#parts.mails.reasonFor(one.id) }))
    return members === undefined ? found : found.filter(one => members.has(loginKey(one.login)))
  }

  /** Removes them for good; does not wait for a run (the bulk command calls it during its own). */
  forget(ids: string[]): Promise<void> {
    return this.#parts.credentials.forget(ids)
  }

  /** Mails one person a link to set a password. Throws `failed` where there is no user for it. */
  invite(login: string): Promise<Invitation> {
    return rememberingLinks(this.#parts, async () => {
      await this.#parts.links.load()
      const client = this.#parts.mattermost(await this.#parts.settings())
      await checkHost(this.#parts, client)
      return invite(this.#parts, client, login)
    })
  }

  /** The last result of one person, or of everybody, and of the last run over everybody. */
  async report(login: string | undefined): Promise<PeopleReport> {
    const people = await this.#parts.results.all()
    const key = login === undefined ? undefined : loginKey(login)
    const { lastImport } = await this.#parts.state.read()
    return {
      lastRun: lastImport,
      people: people.filter(one => key === undefined || loginKey(one.login) === key),
    }
  }

  /**
   * What comes with time: passwords of people who have logged in, and old ones, are removed; owed mails are sent. Does
   * nothing where nothing is kept. What cannot be reached is tried again at the next call, and logged once.
   */
  upkeep(): Promise<void> {
    return rememberingLinks(this.#parts, async () => {
      const { credentials, links } = this.#parts
      if ((await credentials.all()).length === 0) return
      try {
        const settings = await this.#parts.settings()
        const client = this.#parts.mattermost(settings)
        await links.load()
        const kept = await sweepCredentials(this.#parts, settings, client)
        if ((await this.#parts.gate()).allowed) {
          await checkHost(this.#parts, client)
          await sendOwedMails(this.#parts, client, kept, { anyway: false })
        }
        this.#lastProblem = ''
      } catch (error) {
        const { message, hint } = asTeamchatError(error, 'failed', 'look after kept passwords')
        if (message !== this.#lastProblem)
          this.#parts.log.warn({ reason: message, hint }, 'kept passwords wait')
        this.#lastProblem = message
      }
    })
  }

  async #members(settings: Settings, group: string): Promise<Set<string>> {
    const { accounts } = await this.#parts.provider(onlyGroup(settings, group)).readAll()
    return new Set(accounts.map(account => loginKey(account.login)))
  }
}

/** The same directory, with one group in place of the site's own. */
function onlyGroup(settings: Settings, group: string): Settings {
  const { provider } = settings
  return { ...settings, provider: { ...provider, selection: { ...provider.selection, groups: [group] } } }
}
