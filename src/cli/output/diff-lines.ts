import type { CommandContext } from '../context.js'
import { painter } from '../io.js'

/** A unified diff with colours on a terminal. */
export function diffLines(lines: readonly string[], { io }: CommandContext): string[] {
  const paint = painter(io.stdout, io.env)
  return lines.map(line => {
    if (/^(---|\+\+\+) /.test(line)) return paint('bold', line)
    if (line.startsWith('-')) return paint('red', line)
    if (line.startsWith('+')) return paint('green', line)
    return line.startsWith('@@') ? paint('dim', line) : line
  })
}
