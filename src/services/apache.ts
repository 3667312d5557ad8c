import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf, TeamchatError } from '../errors.js'
import type { ApachePaths, Platform } from '../paths.js'
import type { Exec } from '../system/exec.js'
import { isMissing, readFileIfPresent, removeFile, writeFileAtomic } from '../system/files.js'
import { makeFolder } from '../system/folder.js'
import { candidateMain, minimalMain, type StagedMain } from './apache-main.js'

/** Apache's program on this host. */
export interface ApacheProgram {
  path: string
  /** undefined where it does not say. */
  version: [number, number, number] | undefined
}

/** `apache2ctl` on Debian, since it reads envvars; `httpd` on RHEL, whose apachectl is a wrapper around systemctl. */
const PROGRAMS: Record<Platform, string> = { debian: 'apache2ctl', rhel: 'httpd' }
const PACKAGES: Record<Platform, string> = { debian: 'apache2', rhel: 'httpd mod_ssl' }
const MODULE_FOLDERS = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/etc/httpd/modules']

/** Directives of our vhost that come from modules which a fresh Apache has not enabled. */
const FROM_MODULES = /^(SSL|Proxy|Rewrite|RequestHeader|Alias$|RedirectMatch$)/i

/** The name of Apache's program, for messages. */
export function apacheProgramName(platform: Platform): string {
  return PROGRAMS[platform]
}

/** Looks for Apache's program in PATH and /usr/sbin and asks its version; undefined without one. */
export async function findApache(
  platform: Platform,
  exec: Exec,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ApacheProgram | undefined> {
  for (const folder of [...(env.PATH ?? '').split(':').filter(part => part.startsWith('/')), '/usr/sbin']) {
    const path = join(folder, PROGRAMS[platform])
    try {
      await access(path, constants.X_OK)
    } catch (error) {
      if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EACCES') continue
      throw error
    }
    const { stdout } = await exec(path, ['-v'], { env })
    const version = /Apache\/(\d+)\.(\d+)\.(\d+)/.exec(stdout)
    return {
      path,
      version: version === null ? undefined : [Number(version[1]), Number(version[2]), Number(version[3])],
    }
  }
  return undefined
}

export interface ApacheTest {
  program: ApacheProgram
  exec: Exec
  env?: NodeJS.ProcessEnv
  paths: ApachePaths
  /** --root. */
  root: string
  /** Where the candidate lies for as long as the test runs. */
  runFolder: string
  /** The vhost to be tested. */
  text: string
  /** Links in Apache's folders that lead to the live vhost, if there are any already. */
  links: string[]
  /** Modules that are enabled with it, by name, dependencies first. */
  modules: string[]
  /** Files and links that Apache will not read any more. */
  without: string[]
}

/**
 * Apache's own test on a candidate vhost: the live main file, with the candidate in the place of the live vhost, in a
 * temporary main file. Throws `check.failed` with Apache's words and the place in the file that the operator knows;
 * "broken before us" where Apache refuses its configuration without our vhost as well.
 */
export async function testVhost(test: ApacheTest): Promise<void> {
  const words = await runTest(test, test.text)
  if (words === undefined) return
  const before = await runTest(test, undefined)
  if (before !== undefined) {
    throw new TeamchatError(
      'check.failed',
      `cannot test the vhost: Apache's configuration is broken before us: ${before}`,
      {
        hint: `nothing was changed; mend it (${PROGRAMS[test.paths.platform]} -t), then run teamchat apply`,
      },
    )
  }
  const unknown = /Invalid command '([^']+)'/.exec(words)?.[1]
  const missing = unknown !== undefined && FROM_MODULES.test(unknown) ? unknown : undefined
  throw new TeamchatError(
    'check.failed',
    missing === undefined
      ? `cannot use the vhost: Apache refuses it: ${words}`
      : `cannot use the vhost: a module of Apache that knows ${missing} is not enabled: ${words}`,
    {
      hint: `nothing was changed; ${missing === undefined ? correction(test) : modulesHint(test.paths.platform, missing)}`,
    },
  )
}

/** What to do where there is no Apache at all. */
export function noApache(platform: Platform): TeamchatError {
  return new TeamchatError('check.failed', `cannot set up the vhost: there is no ${PROGRAMS[platform]}`, {
    hint: `install ${PACKAGES[platform]}, or type: teamchat config setprop mattermost WebServer none (another web server proxies to Mattermost)`,
  })
}

function modulesHint(platform: Platform, command: string): string {
  return platform === 'debian'
    ? 'install what brings it (apt-get install apache2), enable it with a2enmod, then: teamchat apply'
    : command.startsWith('SSL')
      ? 'install mod_ssl (dnf install mod_ssl), then: teamchat apply'
      : 'load mod_proxy, mod_proxy_http, mod_proxy_wstunnel, mod_rewrite, mod_headers and mod_alias of the package httpd (conf.modules.d), then: teamchat apply'
}

function correction(test: ApacheTest): string {
  return `teamchat plan shows its lines; correct the settings, or the site's own fragments in ${test.root}/etc/teamchatd/templates-custom/mattermost.conf`
}

/** Apache's complaint on one line, or undefined where it has none. */
async function runTest(test: ApacheTest, text: string | undefined): Promise<string | undefined> {
  const { paths, root, runFolder } = test
  const folder = join(runFolder, 'candidate')
  const vhost = join(folder, 'mattermost.conf')
  const main = join(folder, 'main.conf')
  await makeFolder(folder, root, 0o700)
  try {
    if (text !== undefined) await writeFileAtomic(vhost, text, { root, mode: 0o600 })
    const staged = await stageMain(test, text === undefined ? undefined : vhost)
    await writeFileAtomic(main, staged.text, { root, mode: 0o600 })
    const result = await test.exec(test.program.path, ['-t', '-f', main], {
      ...(test.env === undefined ? {} : { env: test.env }),
    })
    if (result.status === 0) return undefined
    return mapped(
      result.stderr || result.stdout || `exit status ${result.status}`,
      staged,
      main,
      vhost,
      paths.vhostFile,
    )
  } catch (cause) {
    if (cause instanceof TeamchatError && cause.code === 'files.write') throw cause
    throw new TeamchatError('check.failed', `cannot test the vhost: ${reasonOf(cause)}`, { cause })
  } finally {
    await removeFile(vhost, root)
    await removeFile(main, root)
  }
}

async function stageMain(test: ApacheTest, vhost: string | undefined): Promise<StagedMain> {
  const live = await readFileIfPresent(test.paths.mainFile)
  if (live !== undefined) {
    return candidateMain({
      paths: test.paths,
      root: test.root,
      text: live.toString('utf8'),
      candidate: vhost,
      links: test.links,
      // Without the candidate it is the live configuration that is looked at.
      modules: vhost === undefined ? [] : test.modules,
      without: vhost === undefined ? [] : test.without,
    })
  }
  for (const folder of MODULE_FOLDERS) {
    const modules = await readdir(folder).catch(error => {
      if (isMissing(error)) return []
      throw error
    })
    if (modules.length > 0)
      return minimalMain({ folder, modules, runFolder: test.runFolder, candidate: vhost })
  }
  return minimalMain({ folder: '', modules: [], runFolder: test.runFolder, candidate: vhost })
}

/** Apache names our temporary files; the operator knows the real ones. */
function mapped(words: string, staged: StagedMain, main: string, vhost: string, vhostFile: string): string {
  const lines = words
    .split('\n')
    .map(line => line.trim())
    .filter(
      line => line !== '' && !/^AH00558|^(Syntax|Action '.*' failed|The Apache error log may)/.test(line),
    )
  return lines
    .join(' ')
    .replaceAll(vhost, vhostFile)
    .replaceAll(new RegExp(`line (\\d+) of ${main.replaceAll(/[.+]/g, '\\$&')}`, 'g'), (_all, line) => {
      const origin = staged.origins[Number(line) - 1]
      return origin === undefined
        ? `line ${line} of a main file for the test`
        : `line ${origin} of ${staged.mainFile}`
    })
    .replaceAll(main, staged.mainFile)
}
