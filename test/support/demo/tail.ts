import { closeSync, openSync, readSync, statSync } from 'node:fs'

const LOOK_EVERY_MS = 100

/** Tells each line that is added to a file, which may come to be later. */
export class Tail {
  private position: number
  private rest = ''
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly file: string,
    private readonly onLine: (line: string) => void,
  ) {
    this.position = sizeOf(file)
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS)
  }

  /** Tells what is there now. */
  look(): void {
    const size = sizeOf(this.file)
    if (size <= this.position) return
    const descriptor = openSync(this.file, 'r')
    try {
      const buffer = Buffer.alloc(size - this.position)
      this.position += readSync(descriptor, buffer, 0, buffer.length, this.position)
      const lines = (this.rest + buffer.toString('utf8')).split('\n')
      this.rest = lines.pop() ?? ''
      for (const line of lines) this.onLine(line)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Looks once more, then no longer. */
  close(): void {
    clearInterval(this.timer)
    this.look()
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
