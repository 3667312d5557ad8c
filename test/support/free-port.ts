import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports that the kernel gives to connections which go out: none of other tests' takes it meanwhile. */
const FIRST = 20_000
const LAST = 32_000

/** One that is probably free, for whoever takes another where it is not. */
export function likelyPort(): number {
  return randomInt(FIRST, LAST)
}

/** A TCP port of the loopback that nothing listens on at the moment. Another may take it: try again then. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = likelyPort()
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', error =>
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
