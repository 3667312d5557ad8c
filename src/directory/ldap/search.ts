import type { Socket } from 'node:net'
import {
  BerReader,
  type Filter,
  PagedResultsControl,
  SearchReference,
  SearchRequest,
  SearchResponse,
  StatusCodeParser,
} from 'ldapts'
import type { DirectoryEntry } from '../attributes.js'
import { EntryReader, type Head, MessageStream } from './entry-reader.js'
import { ConnectionLost } from './errors.js'

/** Tags of RFC 4511. */
const tag = { searchEntry: 0x64, searchDone: 0x65, searchReference: 0x73, extended: 0x78 }
/** RFC 4511: success, and sizeLimitExceeded, which is what a search for some entries wants. */
const code = { success: 0, sizeLimitExceeded: 4 }

/** One search, or one page of it. */
export interface Search {
  base: string
  scope: 'base' | 'sub'
  filter: Filter
  attributes: readonly string[]
  /** At most so many entries; that there are more is no error. */
  most?: number
  /** A page of so many entries, after the one whose cookie this is. */
  page?: { size: number; cookie: Buffer | undefined }
}

/** How it ended. */
export interface Found {
  entries: number
  /** Other servers that hold a part. */
  references: string[]
  /** For the next page; undefined: this was the last one. */
  cookie: Buffer | undefined
}

interface Running {
  most: number | undefined
  take: (entry: DirectoryEntry) => void
  found: Found
  resolve: (found: Found) => void
  reject: (error: unknown) => void
}

/** ldapts counts its own requests, the bind and the unbind, from 1. */
const FIRST_ID = 1000

/**
 * Searches on a connection that ldapts has opened, encrypted and bound. The requests are made by ldapts; the answers
 * are read here, entry by entry as they come, since ldapts keeps pages as three kinds of objects, takes a page without
 * entries for the last one though the server announces more (RFC 2696 allows it), and then hides that.
 */
export class LdapConnection {
  readonly #socket: Socket
  readonly #entries: EntryReader
  readonly #stream = new MessageStream((bytes, head) => this.#message(bytes, head))
  readonly #running = new Map<number, Running>()
  readonly #broken: (error: ConnectionLost) => void
  #lastId = FIRST_ID

  /** From now on whatever the server says is read here. `broken`: it made no sense, or it took its leave. */
  constructor(socket: Socket, binary: readonly string[], broken: (error: ConnectionLost) => void) {
    this.#socket = socket
    this.#entries = new EntryReader(binary)
    this.#broken = broken
    socket.removeAllListeners('data')
    socket.on('data', chunk => this.#read(chunk))
  }

  /** Calls `take` with each entry. Rejects with ldapts' ResultCodeError, or what `take` has thrown; not when the connection ends. */
  search(search: Search, take: (entry: DirectoryEntry) => void): Promise<Found> {
    this.#lastId += 1
    const id = this.#lastId
    const { base, scope, filter, attributes, most, page } = search
    const paged = page && { size: page.size, ...(page.cookie === undefined ? {} : { cookie: page.cookie }) }
    const request = new SearchRequest({
      messageId: id,
      baseDN: base,
      scope,
      filter,
      attributes: [...attributes],
      sizeLimit: most ?? 0,
      // ldapts would ask the server to stop after 10 s, in the middle of a long list.
      timeLimit: 0,
      controls: paged === undefined ? [] : [new PagedResultsControl({ value: paged })],
    })
    return new Promise((resolve, reject) => {
      const found: Found = { entries: 0, references: [], cookie: undefined }
      this.#running.set(id, { most, take, found, resolve, reject })
      this.#socket.write(request.write())
    })
  }

  /** Never throws: it runs in the socket's own event. */
  #read(chunk: Buffer): void {
    if (this.#socket.destroyed) return
    try {
      this.#stream.read(chunk)
    } catch (cause) {
      const reason = 'the answer of the server broke off (it was garbled)'
      this.#broken(cause instanceof ConnectionLost ? cause : new ConnectionLost(reason, { cause }))
    }
  }

  #message(bytes: Buffer, head: Head): void {
    const { id, operation, at, end } = head
    const running = this.#running.get(id)
    if (id === 0 && operation === tag.extended) throw new ConnectionLost('the server closed the connection')
    if (running === undefined) throw new Error('an answer that belongs to no request')
    if (operation === tag.searchEntry) {
      running.found.entries += 1
      const entry = this.#entries.read(bytes, at, end)
      this.#try(id, running, () => running.take(entry))
    } else if (operation === tag.searchReference) {
      const reference = new SearchReference({ messageId: id })
      reference.parse(readerOf(bytes, head), [])
      running.found.references.push(...reference.uris)
    } else if (operation === tag.searchDone) this.#done(bytes, head, running)
    else throw new Error('no answer to a search')
  }

  #done(bytes: Buffer, head: Head, { most, found, resolve, reject }: Running): void {
    const { id } = head
    const response = new SearchResponse({ messageId: id })
    response.parse(readerOf(bytes, head), [])
    this.#running.delete(id)
    const isEnough = most !== undefined && response.status === code.sizeLimitExceeded
    if (response.status !== code.success && !isEnough) {
      reject(StatusCodeParser.parse(response))
      return
    }
    const paging = response.controls?.find(control => control instanceof PagedResultsControl)
    const cookie = paging?.value?.cookie
    resolve({
      ...found,
      cookie: cookie === undefined || cookie.length === 0 ? undefined : Buffer.from(cookie),
    })
  }

  /** What the caller throws is the caller's, and no fault of the connection; the rest of the answer is passed over. */
  #try(id: number, running: Running, work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#running.set(id, { ...running, take: () => undefined, resolve: () => undefined })
      running.reject(error)
    }
  }
}

/** As ldapts' messages want it: behind tag and length of the operation, and nothing after the message. */
function readerOf(bytes: Buffer, { at, end }: Head): BerReader {
  const reader = new BerReader(bytes.subarray(at, end))
  reader.readSequence()
  return reader
}
