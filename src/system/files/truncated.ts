const LINE_FEED = 10

/**
 * Whether the bytes are what a power cut has left of a file of one line that was made durable together with its name:
 * a beginning, since only the whole ends with the line feed, or blocks that were never filled.
 */
export function isTruncated(bytes: Buffer): boolean {
  return bytes.at(-1) !== LINE_FEED || bytes.includes(0)
}
