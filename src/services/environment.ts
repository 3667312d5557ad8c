import { basename, dirname, join } from 'node:path'
import { namesIn, readFileIfPresent } from '../system/files/files.js'
import { wildcardSource } from '../system/wildcards.js'
import type { UnitFacts } from './systemd.js'

/** Every variable that a unit sets, in its own lines and in its files; a later one wins, as for systemd. */
export async function unitEnvironment(
  facts: UnitFacts,
  below: (path: string) => string,
): Promise<Map<string, string>> {
  const variables = new Map(assignments(facts.environment))
  for (const file of (await Promise.all(facts.environmentFiles.map(one => meant(below(one))))).flat()) {
    const text = await readFileIfPresent(file)
    const lines = (text?.toString('utf8') ?? '').split('\n').filter(line => !/^\s*[#;]/.test(line))
    for (const [name, value] of lines.flatMap(line => assignments(line.trim(), false)))
      variables.set(name, value)
  }
  return variables
}

/** The files that an `EnvironmentFile=` stands for: systemd knows wildcards there. Those of folders are not followed. */
async function meant(path: string): Promise<string[]> {
  const name = basename(path)
  if (!/[*?]/.test(name)) return [path]
  const fits = new RegExp(wildcardSource(name), 's')
  // A hidden file is named by its dot alone.
  const names = (await namesIn(dirname(path))).filter(one => fits.test(one) && !one.startsWith('.'))
  return names.map(one => join(dirname(path), one))
}

/** `A=b "C=d e"` as pairs; with `many` false the whole text is one assignment, whose value may be quoted. */
export function assignments(text: string, many = true): [string, string][] {
  const words = many ? (text.match(/"(?:[^"\\]|\\.)*"|[^\s"]\S*/g) ?? []) : [text]
  return words.flatMap(word => {
    const plain = many ? unquoted(word) : word
    const at = plain.indexOf('=')
    return at <= 0
      ? []
      : [[plain.slice(0, at).trim(), unquoted(plain.slice(at + 1).trim())] as [string, string]]
  })
}

function unquoted(word: string): string {
  const inner = /^(["'])([\s\S]*)\1$/.exec(word)?.[2]
  return inner === undefined ? word : inner.replaceAll(/\\(.)/g, '$1')
}
