import { createServer, type Server } from 'node:net'
import { createInterface } from 'node:readline'

/** A mail server that takes everything and delivers nothing. */
export interface MailServer {
  port: number
  /** To whom mail was handed over, in order. */
  recipients: string[]
  /** The mails' texts, in the same order. */
  texts: string[]
  /** Answers 451 to every recipient while set. */
  refuses: boolean
}

/** Listens on a port of its own until the test ends. */
export async function startMailServer(t: { teardown(end: () => unknown): unknown }): Promise<MailServer> {
  const mail: MailServer = { port: 0, recipients: [], texts: [], refuses: false }
  const server = createServer(socket => {
    let text: string[] | undefined
    socket.on('error', () => undefined)
    socket.write('220 mail for tests\r\n')
    const lines = createInterface({ input: socket })
    lines.on('error', () => undefined)
    lines.on('line', line => {
      if (text !== undefined && line !== '.') {
        text.push(line)
        return
      }
      if (text !== undefined) {
        mail.texts.push(text.join('\n'))
        text = undefined
      }
      const recipient = /^RCPT TO:<(.*)>$/i.exec(line)?.[1]
      if (recipient !== undefined && mail.refuses) {
        socket.write('451 try later\r\n')
        return
      }
      if (recipient !== undefined) mail.recipients.push(recipient)
      if (line === 'DATA') text = []
      socket.write(line === 'DATA' ? '354 go on\r\n' : line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  mail.port = portOf(server)
  t.teardown(() => server.close())
  return mail
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error('cannot find the port of the mail server')
  return address.port
}
