// The one algorithm that is needed: the package as a whole takes five times as long to load.
import { diffArrays } from 'diff/lib/diff/array.js'

/** Above this product of their lines nobody reads which lines of two texts differ. */
const LIMIT = 1_000_000
/** With more edits than this the search takes seconds, and its result says nothing. */
const MOST_EDITS = 2_000
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

/** The way from one text to the other. Texts that differ too much are taken away and put in their place as a whole. */
function edits(old: readonly string[], fresh: readonly string[]): Edit[] {
  const changes = diffArrays([...old], [...fresh], { maxEditLength: MOST_EDITS }) ?? [
    { removed: true, added: false, count: old.length },
    { removed: false, added: true, count: fresh.length },
  ]
  const lines: Edit[] = []
  let [from, to] = [0, 0]
  for (const { removed, added, count } of changes) {
    const kind = removed ? '-' : added ? '+' : ' '
    for (let index = 0; index < count; index += 1) lines.push({ kind, line: (removed ? from : to) + index })
    if (!added) from += count
    if (!removed) to += count
  }
  return lines
}

/** `1 line`, `4 lines` */
export function linesText(count: number): string {
  return `${count} ${count === 1 ? 'line' : 'lines'}`
}
