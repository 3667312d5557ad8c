import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'

/** Hands one mail to the server of the settings, as Mattermost does. False where it cannot be handed over. */
export function sendMail(
  place: { host: string; port: number },
  mail: { from: string; to: string; text: string },
): Promise<boolean> {
  const lines = [
    'EHLO localhost',
    `MAIL FROM:<${mail.from}>`,
    `RCPT TO:<${mail.to}>`,
    'DATA',
    `To: ${mail.to}\r\nSubject: Reset your password\r\n\r\n${mail.text}\r\n.`,
    'QUIT',
  ]
  return new Promise(resolve => {
    const socket = createConnection({ ...place, timeout: 3000 })
    const end = (sent: boolean) => {
      socket.destroy()
      resolve(sent)
    }
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
    const answers = createInterface({ input: socket })
    // It tells the socket's errors a second time.
    answers.on('error', () => end(false))
    // An answer may have several lines; the last one has a blank behind its number.
    answers.on('line', line => {
      if (line[3] === '-') return
      if (!/^[23]/.test(line)) return end(false)
      const next = lines.shift()
      if (next === undefined) end(true)
      else socket.write(`${next}\r\n`)
    })
  })
}
