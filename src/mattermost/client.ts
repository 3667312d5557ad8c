import { type Call, caller, type TransportOptions } from './call.js'
import { KeptConnections } from './kept-connections.js'
import * as server from './server.js'
import * as teams from './teams.js'
import type {
  MattermostBot,
  MattermostTeam,
  MattermostUser,
  NewUser,
  PasswordPolicy,
  ServerFacts,
  ServerHealth,
  UserRules,
  UserValues,
} from './types.js'
import * as users from './users.js'

/**
 * Mattermost's local-mode API, as much of it as teamchatd needs: no session, no token, every right.
 *
 * Written on node:http rather than on @mattermost/client: that one puts any text into a path, and one wrong
 * DELETE on this socket removes every user. Here an id is 26 of [a-z0-9] before a path is built (ids.ts), and the
 * calls that can leave at all are listed (routes.ts). It also looks at the socket's owner first (transport.ts).
 *
 * Every method throws `mattermost.unreachable`, `mattermost.untrusted`, `mattermost.localModeOff`, or a
 * MattermostRefusal (refusals.ts). None of their texts holds a password.
 */
export class MattermostClient {
  readonly #options: TransportOptions
  readonly #call: Call

  constructor(options: TransportOptions, signal?: AbortSignal, kept?: KeptConnections) {
    this.#options = options
    this.#call = caller(options, signal, kept)
  }

  /** The same client, whose requests are cut when `signal` fires; the answer to a cut request is unknown. */
  until(signal: AbortSignal): MattermostClient {
    return new MattermostClient(this.#options, signal)
  }

  /** As `until`, for many requests one after the other: they share connections, which `end` closes. */
  forRun(signal: AbortSignal): { client: MattermostClient; end: () => void } {
    const kept = new KeptConnections(this.#options)
    return { client: new MattermostClient(this.#options, signal, kept), end: () => kept.end() }
  }

  ping(): Promise<void> {
    return server.ping(this.#call)
  }

  health(): Promise<ServerHealth> {
    return server.readHealth(this.#call)
  }

  serverFacts(): Promise<ServerFacts> {
    return server.readFacts(this.#call)
  }

  /** The running configuration; holds secrets. */
  config(): Promise<Record<string, unknown>> {
    return server.readConfig(this.#call)
  }

  passwordPolicy(): Promise<PasswordPolicy> {
    return server.readPasswordPolicy(this.#call)
  }

  userRules(): Promise<UserRules> {
    return server.readUserRules(this.#call)
  }

  /** False where the socket is open, but writes are refused (a first account would still be let through). */
  localMode(): Promise<boolean> {
    return server.readLocalMode(this.#call)
  }

  /** `POST /config/reload`. */
  reloadConfig(): Promise<void> {
    return server.reload(this.#call)
  }

  /** `PUT /config/patch`: only the named leaves change. */
  patchConfig(leaves: Record<string, unknown>): Promise<void> {
    return server.patch(this.#call, leaves)
  }

  /** Everybody, deactivated users and bots included. */
  users(): Promise<MattermostUser[]> {
    return users.listUsers(this.#call)
  }

  userByUsername(username: string): Promise<MattermostUser | undefined> {
    return users.findByUsername(this.#call, username)
  }

  userByEmail(email: string): Promise<MattermostUser | undefined> {
    return users.findByEmail(this.#call, email)
  }

  userById(id: string): Promise<MattermostUser | undefined> {
    return users.findById(this.#call, id)
  }

  usersByIds(ids: string[]): Promise<MattermostUser[]> {
    return users.findByIds(this.#call, ids)
  }

  createUser(user: NewUser): Promise<MattermostUser> {
    return users.create(this.#call, user)
  }

  /** Only the named values change. */
  updateUser(id: string, values: UserValues): Promise<MattermostUser> {
    return users.update(this.#call, id, values)
  }

  /** Every bot, stopped ones included. */
  bots(): Promise<MattermostBot[]> {
    return users.listBots(this.#call)
  }

  /** Lets a stopped bot work again; one that is gone for good is no error. */
  enableBot(id: string): Promise<void> {
    return users.enableBot(this.#call, id)
  }

  /** False ends all sessions of the user at once. */
  setActive(id: string, active: boolean): Promise<void> {
    return users.setActive(this.#call, id, active)
  }

  setRoles(id: string, roles: string): Promise<void> {
    return users.setRoles(this.#call, id, roles)
  }

  /** Without bots. */
  activeAdministrators(): Promise<MattermostUser[]> {
    return users.listActiveAdministrators(this.#call)
  }

  teamByName(name: string): Promise<MattermostTeam | undefined> {
    return teams.findTeamByName(this.#call, name)
  }

  team(id: string): Promise<MattermostTeam | undefined> {
    return teams.findTeamById(this.#call, id)
  }

  createTeam(name: string, displayName: string): Promise<MattermostTeam> {
    return teams.createTeam(this.#call, name, displayName)
  }

  /** Active members, bots included. */
  activeMembers(teamId: string): Promise<MattermostUser[]> {
    return users.listActiveMembers(this.#call, teamId)
  }

  maxUsersPerTeam(): Promise<number> {
    return server.readMaxUsersPerTeam(this.#call)
  }

  /** At least the members who were online since then, by id, with when last. */
  seenMembers(teamId: string, since: number): Promise<Map<string, number>> {
    return users.listSeen(this.#call, teamId, since)
  }

  /** Mails a reset link; an unknown address is no error. */
  sendReset(email: string): Promise<void> {
    return users.sendReset(this.#call, email)
  }

  /** Being a member already is success. */
  addMember(teamId: string, userId: string): Promise<void> {
    return teams.addMember(this.#call, teamId, userId)
  }
}
