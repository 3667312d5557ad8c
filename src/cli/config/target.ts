import { normalize } from 'node:path'
import type { Paths } from '../../paths.js'

/** The DB that a command works on. */
export interface DbTarget {
  path: string
  /** How the command was called, for messages: `teamchat config`, `teamchat db NAME`. */
  program: string
  /** The DB that teamchatd goes by: only there known properties are checked and described. */
  isConfiguration: boolean
}

/** What `teamchat config` works on. */
export function configurationTarget(paths: Paths): DbTarget {
  return { path: paths.configurationDb, program: 'teamchat config', isConfiguration: true }
}

/**
 * What `teamchat db NAME` works on: an absolute path (below --root), or a name in the folder of the DBs (DBPATH).
 * undefined for a name that could lead out of there.
 */
export function namedTarget(paths: Paths, name: string): DbTarget | undefined {
  if (name === '' || name.includes('\0') || name.endsWith('/') || name.split('/').includes('..'))
    return undefined
  const path = normalize(paths.database(name))
  return { path, program: `teamchat db ${name}`, isConfiguration: path === paths.configurationDb }
}
