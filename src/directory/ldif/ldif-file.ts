import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { ProviderSettings } from '../../configdb/settings.js'
import { asTeamchatError, reasonOf, TeamchatError } from '../../errors.js'
import type { DirectoryRead, NamedRead, ReadOptions } from '../account.js'
import type { AccountProvider, ProviderDependencies } from '../account-provider.js'
import { accountOf, askedFor, entryUuidOf, finishRead, loginOf, type ReadAccount } from '../attributes.js'
import { normaliseDn } from '../ldap/dn.js'
import { excludedBy } from '../selection.js'
import { doubtful, failed, passed, peopleText, type Trial, trialPeople } from '../trial.js'
import { invalidLdif, type LdifEntry, parseLdif } from './ldif.js'

/** Bytes; 100,000 people with their photos left out are about 80 MB, and the file is held in memory. */
export const largestLdifFile = 256 * 1024 * 1024

/** Who counts as a person in a file, as text: it is part of what an administrator confirms. */
const filterText = '(|(objectClass=posixAccount)(&(objectClass=person)(uid=*)))'

/** `inetOrgPerson` and `organizationalPerson` are kinds of `person`, but an export may name only the last one. */
const personClasses: ReadonlySet<string> = new Set(['person', 'organizationalperson', 'inetorgperson'])

/** The account provider of an LDIF file: for trying out, and for sites that export their directory. */
export function createLdifFileProvider(
  settings: ProviderSettings,
  deps: ProviderDependencies,
): AccountProvider {
  if (!settings.file.startsWith('/')) {
    throw new TeamchatError(
      'directory.invalid',
      settings.file === ''
        ? 'cannot read the directory: no LDIF file is named'
        : `cannot read the directory: ${JSON.stringify(settings.file)} is not an absolute path`,
      { hint: 'name it: teamchat config setprop sssd File /path/to/people.ldif' },
    )
  }
  if (settings.selection.filterText !== '' || settings.selection.groups.length > 0) {
    // Left unnoticed, everybody would get a user.
    throw new TeamchatError(
      'directory.invalid',
      'cannot choose people of an LDIF file by mattermost UserFilter or UserGroup: these are for servers',
      {
        hint: 'export only whom you mean, and take them away: teamchat config delprop mattermost UserFilter UserGroup',
      },
    )
  }
  const path = deps.below(settings.file)
  const watched = `a file has no change counter; ${path} is also read as soon as it changes`
  const now = deps.now ?? Date.now
  const excluded = excludedBy(settings.selection.exclude)

  function leaveOut(read: ReadAccount): ReadAccount {
    const { account } = read
    if (account.system || !excluded(account.login)) return read
    return { ...read, account: { ...account, system: true, excluded: true } }
  }

  async function readAll(signal?: AbortSignal, options?: ReadOptions): Promise<DirectoryRead> {
    const read = readPeople(await readWholeFile(path, signal), path, now()).map(leaveOut)
    if (read.length > 0) {
      const finished = finishRead(
        read.map(({ account }) => account),
        read.some(account => account.showsPassword),
      )
      return options === undefined ? finished : { ...finished, mark: { kind: 'none', reason: watched } }
    }
    throw new TeamchatError('directory.empty', `cannot use ${path} as the directory: nobody is in it`, {
      hint: 'export the people with objectClass and uid; look at the file, or set sssd File',
    })
  }

  async function readNamed(
    who: { logins: string[]; ids: string[] },
    signal?: AbortSignal,
  ): Promise<NamedRead> {
    const { accounts, locksKnown } = await readAll(signal)
    const named = accounts.filter(askedFor(who))
    return { accounts: named, locksKnown, othersSeen: named.length < accounts.length }
  }

  async function tryOut(signal?: AbortSignal): Promise<Trial> {
    try {
      const { accounts, locksKnown } = await readAll(signal)
      const people = trialPeople(accounts)
      const locks = locksKnown
        ? passed('locks', 'userPassword is in the file: locked people are known')
        : doubtful(
            'locks',
            'nobody’s userPassword is in the file: locked people cannot be told from others',
            'export userPassword as well',
          )
      const steps = [passed('people', `${path}: ${peopleText(people)}`), locks, passed('changes', watched)]
      return { steps, failure: undefined, people }
    } catch (error) {
      const failure = asTeamchatError(error, 'directory.invalid', `read ${path}`)
      return { steps: [failed('people', failure)], failure, people: undefined }
    }
  }

  return {
    description: `the file ${path}`,
    identity: { provider: `file:${settings.file}`, base: '', filter: filterText },
    watchedFile: path,
    tryOut,
    readAll,
    readNamed,
  }
}

function readPeople(bytes: Buffer, file: string, now: number): ReadAccount[] {
  const read: ReadAccount[] = []
  const lineOfId = new Map<string, number>()
  for (const entry of parseLdif(bytes, file)) {
    const login = loginOf(entry)
    if (!isPerson(entry, login)) continue
    if (login === undefined) throw invalidLdif(file, entry.line, `the account ${quoted(entry.dn)} has no uid`)
    const id = idOf(entry, file)
    const earlier = lineOfId.get(id)
    if (earlier !== undefined) {
      throw invalidLdif(file, entry.line, `${quoted(entry.dn)} is the entry of line ${earlier} once more`)
    }
    lineOfId.set(id, entry.line)
    read.push(accountOf(entry, { id, login }, now))
  }
  return read
}

function isPerson(entry: LdifEntry, login: string | undefined): boolean {
  const classes = (entry.values.get('objectclass') ?? []).map(value => value.toString().toLowerCase())
  if (classes.includes('posixaccount')) return true
  return login !== undefined && classes.some(name => personClasses.has(name))
}

/**
 * The entryUUID, or where the export left it out (ldapsearch gives operational attributes only when they are
 * asked for) a stable stand-in made of the DN: somebody who moves is then somebody else.
 */
function idOf(entry: LdifEntry, file: string): string {
  const uuid = entryUuidOf(entry)
  if (uuid !== undefined) return uuid
  if (entry.values.has('entryuuid'))
    throw invalidLdif(file, entry.line, `${quoted(entry.dn)}: entryUUID is not a UUID`)
  return `dn-${createHash('sha256').update(normaliseDn(entry.dn)).digest('hex')}`
}

async function readWholeFile(path: string, signal: AbortSignal | undefined): Promise<Buffer> {
  try {
    // O_NONBLOCK: a FIFO in its place must not hold up the daemon.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const before = await file.stat()
      if (!before.isFile()) throw unusable(path, 'it is not a regular file')
      if (before.size > largestLdifFile) {
        throw unusable(path, `it is larger than ${largestLdifFile / 1024 / 1024} MiB`)
      }
      const bytes = await file.readFile(signal === undefined ? {} : { signal })
      const after = await file.stat()
      if (bytes.length === before.size && after.size === before.size && after.mtimeMs === before.mtimeMs) {
        return bytes
      }
      throw new TeamchatError('directory.unreachable', `cannot read ${path}: it is being written`, {
        hint: 'it is read again; write exports to another name, then rename them',
      })
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof TeamchatError) throw cause
    if (signal?.aborted) {
      throw new TeamchatError('directory.unreachable', `cannot read ${path}: the read was cancelled`, {
        cause,
      })
    }
    throw unusable(path, reasonOf(cause), cause)
  }
}

function unusable(path: string, reason: string, cause?: unknown): TeamchatError {
  return new TeamchatError('directory.invalid', `cannot read ${path}: ${reason}`, {
    hint: 'set sssd File to the LDIF file of the people, and see its permissions',
    cause,
  })
}

/** A DN comes from the file: control characters in it must not reach a terminal. */
function quoted(dn: string): string {
  return JSON.stringify(dn)
}
