/** Above this many cells the table of common lines is not worth its memory. */
const LIMIT = 1_000_000
/** Equal lines around a change, as `diff -u` shows them. */
const CONTEXT = 3

interface Edit {
  kind: ' ' | '-' | '+'
  /** Index of the line in the text that it comes from. */
  line: number
}

/** The lines that differ between two texts, `- old` and `+ new`, in order; equal lines are left out. */
export function differingLines(
  before: string,
  after: string,
  show: (text: string) => string[] = linesOf,
): string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)]
  if (old.length * fresh.length > LIMIT) return [`${old.length} lines → ${fresh.length} lines`]
  const [shownOld, shownFresh] = [show(before), show(after)]
  return edits(old, fresh)
    .filter(({ kind }) => kind !== ' ')
    .map(({ kind, line }) => `${kind} ${(kind === '-' ? shownOld : shownFresh)[line]}`)
}

export interface DiffOptions {
  /** What stands behind `---` and `+++`. */
  labels: readonly [string, string]
  /** The lines of a text as they may be shown, as many as it has: masked. */
  show?: (text: string) => string[]
}

/** A unified diff as lines, as `diff -u` prints it; none where the texts are equal. */
export function unifiedDiff(before: string, after: string, options: DiffOptions): string[] {
  if (before === after) return []
  const { labels, show = linesOf } = options
  const all = edits(endedLines(before), endedLines(after))
  const sides = {
    '-': { shown: show(before), open: openLine(before) },
    '+': { shown: show(after), open: openLine(after) },
  }
  const lines = [`--- ${labels[0]}`, `+++ ${labels[1]}`]
  for (const [from, to] of hunks(all)) {
    const part = all.slice(from, to)
    lines.push(hunkHead(all, from, part))
    for (const { kind, line } of part) {
      const side = sides[kind === '-' ? '-' : '+']
      lines.push(`${kind}${side.shown[line]}`)
      if (line === side.open) lines.push('\\ No newline at end of file')
    }
  }
  return lines
}

/** A text's lines without their line feeds. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Lines with their line feeds: a last one without it is another line. */
function endedLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** The index of a last line without a line feed; -1 where there is none. */
function openLine(text: string): number {
  return text === '' || text.endsWith('\n') ? -1 : endedLines(text).length - 1
}

/** `@@ -1,4 +1,5 @@`: in front of an empty part stands the line after which it would be. */
function hunkHead(all: readonly Edit[], from: number, part: readonly Edit[]): string {
  const range = (other: '-' | '+') => {
    const before = all.slice(0, from).filter(edit => edit.kind !== other).length
    const count = part.filter(edit => edit.kind !== other).length
    return count === 1 ? `${before + 1}` : `${count === 0 ? before : before + 1},${count}`
  }
  return `@@ -${range('+')} +${range('-')} @@`
}

/** Where each hunk begins and ends among the edits; changes with little between them share one. */
function hunks(all: readonly Edit[]): [number, number][] {
  const found: [number, number][] = []
  for (const [index, { kind }] of all.entries()) {
    if (kind === ' ') continue
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(all.length, index + 1 + CONTEXT)]
    const last = found.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = to
    else found.push([from, to])
  }
  return found
}

/** The way from one text to the other. */
function edits(old: readonly string[], fresh: readonly string[]): Edit[] {
  const same = (i: number, j: number) => old[i] === fresh[j]
  let head = 0
  while (head < old.length && head < fresh.length && same(head, head)) head += 1
  let tail = 0
  while (
    tail < old.length - head &&
    tail < fresh.length - head &&
    same(old.length - 1 - tail, fresh.length - 1 - tail)
  ) {
    tail += 1
  }
  const [oldEnd, freshEnd] = [old.length - tail, fresh.length - tail]
  const equal = (count: number, start: number): Edit[] =>
    Array.from({ length: count }, (_, index) => ({ kind: ' ', line: start + index }))
  return [
    ...equal(head, 0),
    ...middle({ from: head, to: oldEnd }, { from: head, to: freshEnd }, same),
    ...equal(tail, freshEnd),
  ]
}

interface Range {
  from: number
  to: number
}

function middle(old: Range, fresh: Range, same: (i: number, j: number) => boolean): Edit[] {
  const lines: Edit[] = []
  const [height, width] = [old.to - old.from, fresh.to - fresh.from]
  // Too much to compare: the one is taken away as a whole, the other put in its place.
  const common = height * width > LIMIT ? undefined : commonLengths(old, fresh, same)
  let i = 0
  let j = 0
  while (i < height || j < width) {
    if (common !== undefined && i < height && j < width && same(old.from + i, fresh.from + j)) {
      lines.push({ kind: ' ', line: fresh.from + j })
      i += 1
      j += 1
    } else if (j >= width || (i < height && (common?.[i + 1]?.[j] ?? 0) >= (common?.[i]?.[j + 1] ?? 0))) {
      lines.push({ kind: '-', line: old.from + i })
      i += 1
    } else {
      lines.push({ kind: '+', line: fresh.from + j })
      j += 1
    }
  }
  return lines
}

function commonLengths(old: Range, fresh: Range, same: (i: number, j: number) => boolean): number[][] {
  const [height, width] = [old.to - old.from, fresh.to - fresh.from]
  const table = Array.from({ length: height + 1 }, () => new Array<number>(width + 1).fill(0))
  for (let i = height - 1; i >= 0; i -= 1) {
    const row = table[i] ?? []
    const below = table[i + 1] ?? []
    for (let j = width - 1; j >= 0; j -= 1) {
      row[j] = same(old.from + i, fresh.from + j)
        ? (below[j + 1] ?? 0) + 1
        : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table
}

/** `1 line`, `4 lines` */
export function linesText(count: number): string {
  return `${count} ${count === 1 ? 'line' : 'lines'}`
}
