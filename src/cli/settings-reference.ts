import type { KnownProperty } from '../configdb/schema/known.js'
import { knownProperties } from '../configdb/schema/schema.js'

const HEAD = `# Settings

Every property of the configuration DB that teamchatd knows. Other properties of these records are the site's own and
are left alone. A value that is not allowed is refused by \`teamchat config\` (exit status 78); where another program
wrote it, the last good state stays and \`teamchat status\` says why. \`teamchat config describe KEY PROPERTY\` shows the
same on the command line.

This page is generated from the table that the program itself checks with (\`npm run docs\`).
`

/** docs/reference/settings.md, from the schema. */
export function settingsReference(): string {
  const records = new Map<string, KnownProperty[]>()
  for (const known of knownProperties)
    records.set(known.record, [...(records.get(known.record) ?? []), known])
  return `${[HEAD, ...[...records].map(([record, properties]) => section(record, properties))].join('\n')}`
}

function section(record: string, properties: KnownProperty[]): string {
  const rows = properties.map(known => `| ${cells(known).join(' | ')} |`)
  return `## ${record}\n\n| property | meaning | allowed | default | used by |\n|---|---|---|---|---|\n${rows.join('\n')}\n`
}

function cells(known: KnownProperty): string[] {
  const { property, type, fallback, why, help, check, usedBy, secret } = known
  const name = property === '' ? '(the value itself)' : property
  const shown =
    fallback === '' ? 'none' : fallback.startsWith('<') ? fallback.slice(1, -1) : `\`${fallback}\``
  const hidden = secret === true ? ' Secret: give it as `-` on standard input.' : ''
  return [name, `${help}${hidden}`, allowedIn(type, check.words), `${shown}; ${why}`, usedBy.join('; ')].map(
    text =>
      text
        .replaceAll('|', '\\|')
        .replaceAll('\n', ' ')
        .replaceAll(/<(?=\w)/g, '\\<'),
  )
}

function allowedIn(type: string, words: string): string {
  return type.includes('|') || words.startsWith(type) ? words : `${type}: ${words}`
}
