import { knownProperties } from '../db/schema.js'
import type { KnownProperty } from '../db/schema-known.js'

const HEAD = `# Settings

Every property of the configuration DB that teamchatd knows. Other properties of these records are the site's own and
are left alone. A value that is not allowed is refused by \`teamchat config\` (exit status 78); where another program
wrote it, the last good state stays and \`teamchat status\` says why.

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
  return `## ${record}\n\n| property | values | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function cells({ property, type, fallback, why, help, secret }: KnownProperty): string[] {
  const name = property === '' ? '(the value itself)' : property
  const shown =
    fallback === '' ? 'none' : fallback.startsWith('<') ? fallback.slice(1, -1) : `\`${fallback}\``
  const hidden = secret === true ? ' Secret: give it as `-` on standard input.' : ''
  return [name, type, `${shown}; ${why}`, `${help}${hidden}`].map(text =>
    text.replaceAll('|', '\\|').replaceAll('\n', ' '),
  )
}
