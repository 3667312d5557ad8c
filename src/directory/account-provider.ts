import type { DirectoryChanges, DirectoryRead, NamedRead, ReadOptions } from './account.js'
import type { SrvRecord } from './active-directory/domain-controllers.js'
import type { Trial } from './trial.js'

/** The account provider. Every call is one fresh connection, but for the counter's. Errors are TeamchatErrors of the codes directory.*. */
export interface AccountProvider {
  /** For people: "ldap://127.0.0.1, ou=People,dc=directory,dc=nh"; no secret. */
  readonly description: string
  /** Changes when provider, base or filter change: what `users sync --confirm` records, and links hold. */
  readonly identity: { provider: string; base: string; filter: string }
  /** The local file to watch, where there is one. */
  readonly watchedFile: string | undefined
  /** undefined: changes are seen only by reading it whole. */
  readonly changes?: DirectoryChanges
  /**
   * All accounts, sorted by login in byte order. An answer without any account is an error (directory.empty). With
   * `after` the mark is read first, at the server of that one where it can be reached.
   */
  readAll(signal?: AbortSignal, options?: ReadOptions): Promise<DirectoryRead>
  /** Tries connection, login and search step by step. Never throws. */
  tryOut?(signal?: AbortSignal): Promise<Trial>
  /** The accounts with one of these logins (compared without case) or ids. Nobody found is no error. */
  readNamed(who: { logins: string[]; ids: string[] }, signal?: AbortSignal): Promise<NamedRead>
}

/** What a provider needs of the world. */
export interface ProviderDependencies {
  /** Puts an absolute path below --root. */
  below(path: string): string
  /** The one line of a secret file, undefined where it is missing. */
  readSecret(name: string): Promise<string | undefined>
  /** Where that secret file lies, for messages. */
  secretFile?(name: string): string
  /** Milliseconds since 1970, for accounts that end on a date. */
  now?(): number
  /** Milliseconds for connecting and for each answer of a server; default 15 s. */
  timeoutMs?: number
  /** Looks up SRV records in DNS; rejects as node:dns does. Default: the host's name servers. */
  resolveSrv?(name: string): Promise<SrvRecord[]>
}
