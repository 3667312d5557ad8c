import type { connect as connectTcp } from 'node:net'
import type { ConnectionOptions, connect as connectTls } from 'node:tls'
import { Client, type ClientOptions, type Filter, PresenceFilter, ResultCodeError } from 'ldapts'
import { TeamchatError } from '../../errors.js'
import type { DirectoryEntry } from '../attributes.js'
import { bindError, ConnectionLost, searchError, startTlsError } from './errors.js'
import { type Found, LdapConnection, type Search } from './search.js'
import { type ConnectionRequest, Sockets } from './sockets.js'

export type { ConnectionRequest, ReachedStep } from './sockets.js'

/**
 * Milliseconds for connecting, and for each answer of the server (one page). A directory that is well answers
 * within milliseconds, a cold one across a slow line within seconds; what runs longer holds up every event.
 */
export const directoryTimeout = 15_000

/** So many pages in a row without any entry are no list any more. */
const mostEmptyPages = 1000

/** Where to search; by default everywhere below the base of the connection. */
export interface SearchPlace {
  base: string
  /** `base`: that entry alone. '' and `base` is the rootDSE. */
  scope: 'base' | 'sub'
}

/** A bound connection. It is good for one run, and for nothing after an error. */
export interface DirectoryConnection {
  /** Calls `take` with each entry, page after page; throws unless all of them came. */
  searchAll(
    filter: Filter,
    attributes: readonly string[],
    take: (entry: DirectoryEntry) => void,
    place?: SearchPlace,
  ): Promise<void>
  /** At most `most` entries that match. That there are more is no error. */
  searchSome(
    filter: Filter,
    attributes: readonly string[],
    most: number,
    place?: SearchPlace,
  ): Promise<DirectoryEntry[]>
  /** One entry by its DN, or undefined where there is none that may be seen. No error is one here but a lost connection. */
  readEntry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined>
}

/** A connection that stays until it is closed. */
export interface OpenConnection extends DirectoryConnection {
  /** False once it is lost. */
  readonly usable: boolean
  close(): Promise<void>
}

/** Connects, encrypts and binds. Throws TeamchatErrors `directory.*`, and leaves nothing open then. */
export async function openConnection(wish: ConnectionRequest): Promise<OpenConnection> {
  const wire = new Wire(wish)
  try {
    await wire.open()
    return wire
  } catch (error) {
    await wire.close()
    throw error
  }
}

/**
 * Connects, encrypts, binds, does `work` and hangs up, whatever happens. A dropped connection is never made
 * anew: ldapts would do so without TLS and without the bind. Throws TeamchatErrors `directory.*`.
 */
export async function withConnection<T>(
  wish: ConnectionRequest,
  work: (connection: DirectoryConnection) => Promise<T>,
): Promise<T> {
  const connection = await openConnection(wish)
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

class Wire implements OpenConnection {
  private readonly wish: ConnectionRequest
  private readonly client: Client
  private readonly line: Sockets
  private searches: LdapConnection | undefined

  constructor(wish: ConnectionRequest) {
    this.wish = wish
    const line = new Sockets(wish)
    this.line = line
    const options: ClientOptions = {
      // ldapts knows no ldapi; the socket is ours in any case.
      url: wish.server.scheme === 'ldapi' ? 'ldap://localhost' : wish.server.url,
      timeout: wish.timeoutMs,
      connectTimeout: wish.connectTimeoutMs ?? wish.timeoutMs,
      createConnection: (() => line.connectOnce('tcp', undefined)) as typeof connectTcp,
      createSecureConnection: ((...args: unknown[]) =>
        line.connectOnce(
          'tls',
          args.length === 1 ? (args[0] as ConnectionOptions) : undefined,
        )) as typeof connectTls,
    }
    // Only for ldaps: with ldap:// these would mean TLS at once.
    if (wish.server.scheme === 'ldaps') options.tlsOptions = wish.tls
    this.client = new Client(options)
  }

  async open(): Promise<void> {
    const { wish, line, client } = this
    line.heed()
    if (wish.startTls && wish.server.scheme === 'ldap') {
      await line.step(() => client.startTLS({ ...wish.tls }), startTlsError)
    }
    if (wish.server.scheme === 'ldapi') await line.openUnixSocket()
    await line.step(
      () => (wish.external === true ? client.bind('EXTERNAL') : client.bind(wish.bindDn, wish.password)),
      bindError,
    )
    if (line.socket === undefined) return
    this.searches = new LdapConnection(line.socket, wish.binaryAttributes ?? [], error => line.drop(error))
  }

  get usable(): boolean {
    return this.line.usable
  }

  async searchAll(
    filter: Filter,
    attributes: readonly string[],
    take: (entry: DirectoryEntry) => void,
    place?: SearchPlace,
  ): Promise<void> {
    let cookie: Buffer | undefined
    let empty = 0
    do {
      const page = { size: this.wish.pageSize, cookie }
      const found = await this.search({ ...this.placeOf(place), filter, attributes, page }, take)
      if (this.wish.ignoreReferences !== true) refuseReferences(found.references, this.wish)
      cookie = found.cookie
      // A server may send a page without entries where it has looked at many that do not match.
      empty = found.entries > 0 ? 0 : empty + 1
      if (empty > mostEmptyPages) throw this.partial('empty pages came where more entries were announced')
    } while (cookie !== undefined)
  }

  async searchSome(
    filter: Filter,
    attributes: readonly string[],
    most: number,
    place?: SearchPlace,
  ): Promise<DirectoryEntry[]> {
    const entries: DirectoryEntry[] = []
    await this.search({ ...this.placeOf(place), filter, attributes, most }, entry => entries.push(entry))
    return entries
  }

  async readEntry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry | undefined> {
    const filter = new PresenceFilter({ attribute: 'objectClass' })
    const entries: DirectoryEntry[] = []
    const search = { base: dn, scope: 'base' as const, filter, attributes }
    // Not there, not to be seen, not a DN: all the same to whoever asks for one entry.
    await this.search(
      search,
      entry => entries.push(entry),
      error => error instanceof ResultCodeError,
    )
    return entries[0]
  }

  /** Says goodbye where that is possible, and drops the sockets in any case. Never throws. */
  async close(): Promise<void> {
    await this.line.close(async () => {
      if (this.client.isConnected) await this.client.unbind()
    })
  }

  private placeOf(place: SearchPlace | undefined): SearchPlace {
    return place ?? { base: this.wish.base, scope: 'sub' }
  }

  private search(
    search: Search,
    take: (entry: DirectoryEntry) => void,
    isNobody: (error: unknown) => boolean = () => false,
  ): Promise<Found> {
    const { searches, wish, line } = this
    return line.step(
      async () => {
        if (searches === undefined) throw new ConnectionLost('the connection is not open')
        return searches.search(search, take).catch(error => {
          if (isNobody(error)) return { entries: 0, references: [], cookie: undefined }
          throw error
        })
      },
      searchError,
      wish.timeoutMs,
    )
  }

  private partial(reason: string): TeamchatError {
    const error = new ConnectionLost(`the answer of the server broke off (${reason})`)
    this.line.drop(error)
    return searchError(error, this.wish)
  }
}

function refuseReferences(references: readonly string[], wish: ConnectionRequest): void {
  const [first] = references
  if (first === undefined) return
  throw new TeamchatError(
    'directory.invalid',
    `cannot read all of ${wish.base} in the directory ${wish.url}: a part of it is kept on another server (${first})`,
    { hint: 'choose a sssd UserDN without references, or name the server that holds all people in LdapURI' },
  )
}
