import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { ApachePaths } from '../../paths.js'
import { isMissing } from '../../system/files/errors.js'
import { namesIn } from '../../system/files/files.js'

/** A main configuration file for Apache's test. */
export interface StagedMain {
  text: string
  /** The file that it stands for. */
  mainFile: string
  /** The line of that file for each of ours; undefined for a line that we added. */
  origins: (number | undefined)[]
}

/**
 * The live main file, where each Include that would read the live vhost, or a file that is to go, is replaced by the
 * files that it names without these, and `candidate` (undefined: nothing) is put where its name sorts. Modules come
 * where the others of their kind are read.
 */
export async function candidateMain(options: {
  paths: ApachePaths
  root: string
  text: string
  candidate: string | undefined
  links: string[]
  /** Names of modules that are enabled with the candidate. */
  modules: string[]
  /** Files and links that are left out with it. */
  without: readonly string[]
}): Promise<StagedMain> {
  const { paths, root, candidate } = options
  const home = serverRoot(options)
  const lines: string[] = []
  const origins: (number | undefined)[] = []
  const place = options.links[0] ?? paths.vhostLink ?? paths.vhostFile
  let placed = false
  // Debian's main file leaves ServerRoot to what is compiled in, which is not below --root.
  if (root !== '' && !/^\s*ServerRoot\s/im.test(options.text)) {
    lines.push(`ServerRoot "${home}"`)
    origins.push(undefined)
  }
  for (const [index, line] of options.text.split('\n').entries()) {
    const glob = includedGlob(line, home)
    const folder = glob === undefined ? '' : dirname(glob)
    const forPlace = folder === dirname(place) && glob !== undefined && matches(glob, basename(place))
    const reads = options.without.some(path => path.startsWith(`${folder}/`))
    if (glob === undefined || !(forPlace || reads)) {
      lines.push(line)
      origins.push(index + 1)
      for (const file of moduleFiles(folder, glob, options)) {
        lines.push(include(file))
        origins.push(undefined)
      }
      continue
    }
    const names = (await namesIn(folder)).filter(name => matches(glob, name))
    for (const path of names.map(name => join(folder, name))) {
      if (forPlace && !placed && candidate !== undefined && path > place) {
        placed = true
        lines.push(include(candidate))
        origins.push(undefined)
      }
      if (options.without.includes(path) || (await isLiveVhost(path, options))) continue
      lines.push(include(path))
      origins.push(undefined)
    }
    if (forPlace && !placed && candidate !== undefined) {
      placed = true
      lines.push(include(candidate))
      origins.push(undefined)
    }
  }
  if (!placed && candidate !== undefined) {
    lines.push(include(candidate))
    origins.push(undefined)
  }
  return { text: `${lines.join('\n')}\n`, mainFile: paths.mainFile, origins }
}

/** What the vhost needs; a module that is built in is loaded with a warning only. */
const MODULES = [
  'mpm_event',
  'authz_core',
  'authn_core',
  'unixd',
  'alias',
  'rewrite',
  'headers',
  'proxy',
  'proxy_http',
  'proxy_wstunnel',
  'socache_shmcb',
  'ssl',
  'http2',
]

/** A main file of ours, for --root without one below it. `modules`: the names of the files in `folder`. */
export function minimalMain(options: {
  folder: string
  modules: string[]
  runFolder: string
  candidate: string | undefined
}): StagedMain {
  const loads = MODULES.filter(name => options.modules.includes(`mod_${name}.so`)).map(
    name => `LoadModule ${name}_module "${options.folder}/mod_${name}.so"`,
  )
  const lines = [
    `ServerRoot "${options.runFolder}"`,
    'ServerName localhost',
    `DefaultRuntimeDir "${options.runFolder}"`,
    'ErrorLog "/dev/null"',
    `PidFile "${options.runFolder}/apache-test.pid"`,
    ...loads,
    '<IfModule unixd_module>',
    '    User nobody',
    '</IfModule>',
    'Listen 80',
    'Listen 443',
    ...(options.candidate === undefined ? [] : [include(options.candidate)]),
  ]
  return {
    text: `${lines.join('\n')}\n`,
    mainFile: 'a minimal main file of teamchatd',
    origins: lines.map(() => undefined),
  }
}

/** What is read beside `mods-enabled/*.load` or `*.conf`. */
function moduleFiles(
  folder: string,
  glob: string | undefined,
  { paths, modules }: { paths: ApachePaths; modules: string[] },
): string[] {
  if (glob === undefined || paths.modules === undefined || folder !== paths.modules.enabled) return []
  const { available } = paths.modules
  const names = modules.flatMap(name => [`${name}.load`, `${name}.conf`])
  return names
    .filter(name => matches(glob, name) && existsSync(join(available, name)))
    .map(name => join(available, name))
}

function serverRoot(options: { paths: ApachePaths; root: string; text: string }): string {
  const said = /^\s*ServerRoot\s+"?([^"\n]+?)"?\s*$/im.exec(options.text)?.[1]
  const usual = options.paths.platform === 'debian' ? '/etc/apache2' : '/etc/httpd'
  const home = said ?? usual
  return options.root === '' || home.startsWith(`${options.root}/`) ? home : options.root + home
}

/** The absolute glob of an Include line; undefined for any other. */
function includedGlob(line: string, home: string): string | undefined {
  const path = /^\s*Include(?:Optional)?\s+"?([^"\s]+)"?\s*$/i.exec(line)?.[1]
  if (path === undefined) return undefined
  const full = isAbsolute(path) ? path : join(home, path)
  // Naming a folder means every file in it.
  return full.endsWith('/') ? `${full}*` : full
}

function matches(glob: string, name: string): boolean {
  const pattern = basename(glob)
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${pattern}$`).test(name)
}

async function isLiveVhost(path: string, options: { paths: ApachePaths; links: string[] }): Promise<boolean> {
  if (path === options.paths.vhostFile || options.links.includes(path)) return true
  try {
    return (await realpath(path)) === (await realpath(options.paths.vhostFile))
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function include(path: string): string {
  return `Include "${path}"`
}
