import { Writable } from 'node:stream'
import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * How lines look: `json` pino's own, `journal` for journald (priority prefix, words first), `terminal` for people, in
 * colours, `plain` without.
 */
export type LogFormat = 'json' | 'journal' | 'terminal' | 'plain'

/** syslog priorities by pino's levels; sd-daemon(3) reads them as `<N>` at the start of a line. */
const PRIORITIES: Record<string, number> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 }
const COLOURS: Record<string, string> = { warn: '\u001b[33m', error: '\u001b[31m', fatal: '\u001b[31m' }

/** Names of members that never reach a line, whoever logs them. */
const SECRET_MEMBERS = ['password', 'bindPassword', 'dataSource', 'new_password', 'token']

/** What the process' standard output is. */
export function logFormatOf(env: NodeJS.ProcessEnv, isTerminal: boolean): LogFormat {
  if (env.JOURNAL_STREAM !== undefined) return 'journal'
  return isTerminal ? 'terminal' : 'json'
}

/** A pino logger whose lines fit where they go; `level` as pino names them. */
export function createLogger(options: {
  format: LogFormat
  level?: string
  output?: NodeJS.WritableStream
}): Logger {
  const output = options.output ?? process.stdout
  const settings = {
    level: options.level ?? 'info',
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: SECRET_MEMBERS.flatMap(name => [name, `*.${name}`]),
      censor: '***',
    },
  }
  if (options.format === 'json') return pino(settings, output as DestinationStream)
  // journald stamps the lines itself.
  return pino({ ...settings, timestamp: false }, lineWriter(output, options.format))
}

function lineWriter(output: NodeJS.WritableStream, format: Exclude<LogFormat, 'json'>): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line: string | Buffer, _encoding, done) => {
      output.write(`${wordsOf(String(line), format)}\n`, () => done())
    },
  })
}

/** One of pino's lines as words, then its members: `<4>settings: cannot … {"hint":"…"}`. */
export function wordsOf(line: string, format: Exclude<LogFormat, 'json'>): string {
  const { level, msg, room, ...members } = JSON.parse(line) as Record<string, unknown>
  const name = String(level)
  const rest = Object.keys(members).length === 0 ? '' : ` ${JSON.stringify(members)}`
  const words = `${room === undefined ? '' : `${String(room)}: `}${String(msg ?? '')}${rest}`.replaceAll(
    '\n',
    '\\n',
  )
  if (format === 'journal') return `<${PRIORITIES[name] ?? 6}>${words}`
  const colour = format === 'terminal' ? COLOURS[name] : undefined
  return colour === undefined ? words : `${colour}${words}\u001b[0m`
}
