import { createServer, type Socket } from 'node:net'
import { Ber, BerReader, BerWriter } from 'ldapts'
import type { Test } from 'tap'

/** One request as the server saw it. */
export interface SeenRequest {
  connection: number
  id: number
  operation: 'bind' | 'search' | 'startTls' | 'unbind' | 'other'
}

/** Answers one request; ends the connection itself where the script wants that. */
export type Answer = (request: SeenRequest, socket: Socket) => void

/** For faults that slapd does not produce: a server on loopback that answers as `answer` says. Ends with the test. */
export async function startScriptedServer(
  t: Test,
  answer: Answer,
): Promise<{ uri: string; requests: SeenRequest[]; received: () => string; connections: () => number }> {
  const requests: SeenRequest[] = []
  const received: Buffer[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    const connection = ++connections
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => {
      received.push(chunk)
      for (const request of requestsIn(chunk, connection)) {
        requests.push(request)
        answer(request, socket)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the scripted server has no port')
  return {
    uri: `ldap://127.0.0.1:${address.port}`,
    requests,
    received: () => Buffer.concat(received).toString('latin1'),
    connections: () => connections,
  }
}

/** A result without further content: bind (0x61), search done (0x65), extended (0x78). */
export function result(id: number, tag: number, code = 0, cookie?: string, message = ''): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(id)
  writer.startSequence(tag)
  writer.writeEnumeration(code)
  writer.writeString('')
  writer.writeString(message)
  writer.endSequence()
  if (cookie !== undefined) {
    const value = new BerWriter()
    value.startSequence()
    value.writeInt(0)
    value.writeString(cookie)
    value.endSequence()
    writer.startSequence(0xa0)
    writer.startSequence()
    writer.writeString('1.2.840.113556.1.4.319')
    writer.writeBuffer(value.buffer, Ber.OctetString)
    writer.endSequence()
    writer.endSequence()
  }
  writer.endSequence()
  return writer.buffer
}

/** A search result entry. */
export function entry(id: number, dn: string, attributes: Record<string, (string | Buffer)[]>): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(id)
  writer.startSequence(0x64)
  writer.writeString(dn)
  writer.startSequence()
  for (const [type, values] of Object.entries(attributes)) {
    writer.startSequence()
    writer.writeString(type)
    writer.startSequence(0x31)
    for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString)
    writer.endSequence()
    writer.endSequence()
  }
  writer.endSequence()
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}

/** A search result reference. */
export function reference(id: number, uri: string): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(id)
  writer.startSequence(0x73)
  writer.writeString(uri)
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}

/** Person number `n` as an entry of the answer to request `id`. */
export function person(id: number, n: number, attributes: Record<string, string[]> = {}): Buffer {
  return entry(id, `uid=user${n},ou=People,dc=x`, {
    entryUUID: [`00000000-0000-0000-0000-${String(n).padStart(12, '0')}`],
    uid: [`user${n}`],
    ...attributes,
  })
}

const operations: Readonly<Record<number, SeenRequest['operation']>> = {
  96: 'bind',
  66: 'unbind',
  99: 'search',
  119: 'startTls',
}

function* requestsIn(chunk: Buffer, connection: number): Generator<SeenRequest> {
  // After StartTLS come records of TLS, which begin with another byte.
  for (let rest = chunk; rest[0] === 0x30; ) {
    const reader = new BerReader(rest)
    if (reader.readSequence() === null) return
    const end = reader.offset + reader.length
    const id = reader.readInt() ?? 0
    yield { connection, id, operation: operations[reader.peek() ?? 0] ?? 'other' }
    rest = rest.subarray(end)
  }
}
