import { createHash } from 'node:crypto'

/** SHA-256, as hex. */
export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Of a value, undefined too: enough to see that it is another one. A secret that can be guessed is found by it. */
export function valueHash(value: unknown): string {
  return sha256(JSON.stringify(value) ?? '').slice(0, 12)
}
