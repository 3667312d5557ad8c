import type { Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { configFileOf } from '../settings/host/host-state.js'
import { isMissing, missingIsUndefined } from '../system/files/errors.js'
import type { Check } from './check.js'
import { fail, pass, type Said, shellWord, skip } from './finding.js'
import type { View } from './view.js'

/** What a path should be. `owners`: uids, or undefined for anybody's. */
export interface FileRule {
  path: string
  /** Bits that must not be set. */
  forbidden: number
  /** What to make of it. */
  mode: string
  owner: 'root' | 'anybody'
}

export type FileLook = Pick<Stats, 'mode' | 'uid'>

const GROUP_AND_OTHERS = 0o077
const OTHERS = 0o007

/** Nobody but root reads our state and the secret files; nobody else at all reads Mattermost's database password. */
export const filesCheck: Check = {
  name: 'files',
  look: async view => {
    const rules = [...(await stateRules(view)), ...secretRules(view)]
    const looks = await Promise.all(
      rules.map(async rule => [rule, await lstat(rule.path).catch(missingIsUndefined)] as const),
    )
    return judgeFiles(looks, view.paths.root === '' ? 0 : (process.getuid?.() ?? 0))
  },
}

/** `root`: the uid that counts as root. Missing files are nobody's fault. */
export function judgeFiles(looks: (readonly [FileRule, FileLook | undefined])[], root: number): Said[] {
  const there = looks.filter(([, look]) => look !== undefined)
  const found = there.flatMap(([rule, look]) => (look === undefined ? [] : judgeFile(rule, look, root)))
  if (found.length > 0) return found
  if (there.length === 0) return [skip('there is no state and no secret yet')]
  return [pass('', `state and secret files are closed to others (${there.length} looked at)`)]
}

function judgeFile(rule: FileRule, look: FileLook, root: number): Said[] {
  const path = shellWord(rule.path)
  const found: Said[] = []
  if (rule.owner === 'root' && look.uid !== root)
    found.push(
      fail(rule.path, `it belongs to uid ${look.uid}`, `chown ${root === 0 ? 'root:root' : root} ${path}`),
    )
  if ((look.mode & rule.forbidden) !== 0) {
    const mode = (look.mode & 0o7777).toString(8).padStart(4, '0')
    found.push(fail(rule.path, `its mode is ${mode}: others can access it`, `chmod ${rule.mode} ${path}`))
  }
  return found
}

async function stateRules({ paths }: View): Promise<FileRule[]> {
  const { stateFolder, spoolFolder, credentialsFolder, generationsFolder } = paths
  const folder = (path: string): FileRule => ({
    path,
    forbidden: GROUP_AND_OTHERS,
    mode: '700',
    owner: 'root',
  })
  const file = (path: string): FileRule => ({ path, forbidden: GROUP_AND_OTHERS, mode: '600', owner: 'root' })
  const credentials = await names(credentialsFolder)
  return [
    ...[stateFolder, spoolFolder, credentialsFolder, generationsFolder].map(folder),
    ...[paths.linksFile, paths.linksJournal, paths.settingsStateFile, paths.peopleStateFile].map(file),
    ...credentials.map(name => file(join(credentialsFolder, name))),
  ]
}

function secretRules({ paths, settings }: View): FileRule[] {
  const secrets = ['mattermost', 'mattermost-datasource', 'ldapservice'].map(name => paths.secretFile(name))
  const password: FileRule[] =
    settings.provider.bindPassword === ''
      ? []
      : [{ path: paths.configurationDb, forbidden: OTHERS, mode: 'o-rwx', owner: 'root' }]
  return [
    { path: dirname(secrets[0] ?? ''), forbidden: 0o022, mode: 'go-w', owner: 'root' },
    ...secrets.map((path): FileRule => ({ path, forbidden: GROUP_AND_OTHERS, mode: '600', owner: 'root' })),
    { path: configFileOf(settings, paths), forbidden: OTHERS, mode: 'o-rwx', owner: 'anybody' },
    ...password,
  ]
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
