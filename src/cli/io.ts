/** The streams and environment of a command; tests give their own. */
export interface Io {
  stdin: NodeJS.ReadableStream
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
  env: NodeJS.ProcessEnv
}

/** Writes `text` and resolves when it is out; rejects where it could not be written (a closed pipe, a full disk). */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, error => (error ? reject(error) : resolve()))
  })
}

/** Writes lines, each with its line feed; nothing for none. */
export function writeLines(stream: NodeJS.WritableStream, lines: string[]): Promise<void> {
  return lines.length === 0 ? Promise.resolve() : write(stream, `${lines.join('\n')}\n`)
}

/** All of standard input as text; one final line feed is dropped. */
export async function readInput(stdin: NodeJS.ReadableStream): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stdin) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8').replace(/\n$/, '')
}

const COLOURS = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const

/** Colours only on a terminal, and not where NO_COLOR is set. */
export function painter(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): (colour: keyof typeof COLOURS, text: string) => string {
  const colourful = stream.isTTY === true && !env.NO_COLOR
  return (colour, text) => (colourful ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text)
}
