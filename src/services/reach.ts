import { connect } from 'node:net'

/** Why no TCP connection comes about, as an error code or in words; undefined where one does. Never throws. */
export function unreachable(host: string, port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (reason: string | undefined) => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(timeoutMs, () => end(`no answer within ${timeoutMs / 1000} s`))
    socket.once('connect', () => end(undefined))
    socket.once('error', error => end((error as NodeJS.ErrnoException).code ?? error.message))
  })
}
