import type { Credential } from '../api/contract/people.js'

const COLUMNS = ['username', 'name', 'email', 'password', 'site', 'created'] as const

/**
 * CSV (RFC 4180, lines end with a line feed) for mail merge. A field that a spreadsheet would take for a formula gets
 * an apostrophe in front, as spreadsheets themselves write text; the password stays as it is, since nothing may be
 * added to it.
 */
export function credentialsCsv(credentials: Credential[]): string[] {
  return [
    COLUMNS.join(','),
    ...credentials.map(({ username, name, email, password, site, createdAt }) =>
      [text(username), text(name), text(email), quoted(password), text(site), text(createdAt)].join(','),
    ),
  ]
}

function text(value: string): string {
  return quoted(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value)
}

function quoted(value: string): string {
  return /[",\r\n']|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** A slip to hand out for each person, plain text; a form feed begins a new page on a printer. */
export function credentialSlips(credentials: Credential[]): string {
  return credentials.map(slip).join('\f')
}

function slip({ login, username, name, email, password, site }: Credential): string {
  const rows: [string, string][] = [
    ['for', name === '' || name === login ? login : `${name} (${login})`],
    ...(site === '' ? [] : [['address', site] as [string, string]]),
    ['user name', username],
    ['or e-mail', email],
    ['password', password],
  ]
  const lines = rows.map(([label, value]) => `  ${label.padEnd(10)} ${value}`)
  return [
    'Your access to the team chat',
    '',
    ...lines,
    '',
    'Change the password after your first login: Profile, Security, Password.',
    '',
  ].join('\n')
}
