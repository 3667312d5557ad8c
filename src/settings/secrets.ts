import { dirname } from 'node:path'
import { overruledProperties } from '../config/data-source.js'
import type { Settings } from '../configdb/settings.js'
import { TeamchatError } from '../errors.js'
import type { Paths } from '../paths.js'
import { writeFileAtomic } from '../system/files/files.js'
import { makeFolder } from '../system/files/folder.js'
import { randomPassword, readSecretFile } from '../system/secrets.js'

/** The database's password. */
export const PASSWORD_FILE = 'mattermost'
/** A whole DataSource; wins over the password and the Database properties until it is removed. */
export const DATA_SOURCE_FILE = 'mattermost-datasource'

/** Nothing that a URL or a shell would change. */
const DATABASE_PASSWORD = {
  length: 16,
  classes: ['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123456789'],
} as const

/** The secret of that name as `readSecretFile` reads it. Never logged. Throws `check.failed`. */
export function readSecret(paths: Pick<Paths, 'secretFile'>, name: string): Promise<string | undefined> {
  return readSecretFile(paths.secretFile(name))
}

/** Writes a secret file, 0600; its folder, where it must be made, 0700. */
export async function writeSecret(paths: Paths, name: string, secret: string): Promise<void> {
  const path = paths.secretFile(name)
  await makeFolder(dirname(path), paths.root, 0o700)
  await writeFileAtomic(path, `${secret}\n`, {
    root: paths.root,
    mode: 0o600,
    owner: { uid: 0, gid: 0 },
    force: true,
    alone: true,
  })
}

/** Notes on what the DB says of the database while the file that wins says something else. */
export function overruledNotes(
  { dataSource, settings }: { dataSource: string | undefined; settings: Settings },
  paths: Paths,
): string[] {
  if (dataSource === undefined) return []
  const names = overruledProperties(settings.mattermost, settings.explicit, dataSource)
  if (names.length === 0) return []
  const [whole, password] = [paths.secretFile(DATA_SOURCE_FILE), paths.secretFile(PASSWORD_FILE)]
  return [
    `${names.join(', ')} changes nothing while ${whole} says where the database is: correct that file, or let the DB count: put the password of PostgreSQL's role into ${password} (one line, mode 0600), remove ${whole}, then run teamchat apply`,
  ]
}

/** A new password for the database. */
export function databasePassword(): string {
  return randomPassword(DATABASE_PASSWORD)
}

/** The password's file went away though we have written with it: a new one would shut Mattermost out of its database. */
export function passwordGone(paths: Paths): TeamchatError {
  const path = paths.secretFile(PASSWORD_FILE)
  return new TeamchatError('check.failed', `cannot set up the database: the secret file ${path} is gone`, {
    hint: `nothing was changed; put the password of PostgreSQL's role into ${path} (one line, mode 0600), then run teamchat apply`,
  })
}

/** The secrets that may stand in an output, as they may stand there: for masking. One that cannot be read masks nothing. */
export async function knownSecrets(paths: Paths): Promise<string[]> {
  const read = await Promise.all(
    [PASSWORD_FILE, DATA_SOURCE_FILE].map(name => readSecret(paths, name).catch(() => undefined)),
  )
  return secretForms(read)
}

/** Secrets as they may stand in a file: as they are, in an address, in JSON. */
export function secretForms(secrets: readonly (string | undefined)[]): string[] {
  return secrets
    .filter(secret => secret !== undefined)
    .flatMap(secret => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
}
