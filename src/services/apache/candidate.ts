import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { reasonOf, TeamchatError } from '../../errors.js'
import type { ApachePaths } from '../../paths.js'
import type { Exec } from '../../system/exec.js'
import { removeFile } from '../../system/files/entries.js'
import { isMissing } from '../../system/files/errors.js'
import { readFileIfPresent, writeFileAtomic } from '../../system/files/files.js'
import { makeFolder } from '../../system/files/folder.js'
import { type ListedVhost, parseListing } from './listing.js'
import { candidateMain, minimalMain, type StagedMain } from './main-configuration.js'
import type { ApacheProgram } from './program.js'

const MODULE_FOLDERS = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/etc/httpd/modules']

export interface ApacheTest {
  program: ApacheProgram
  exec: Exec
  env?: NodeJS.ProcessEnv
  paths: ApachePaths
  /** --root. */
  root: string
  /** Where the candidate lies for as long as the test runs. */
  runFolder: string
  /** Links in Apache's folders that lead to the live vhost, if there are any already. */
  links: string[]
  /** Modules that are enabled with the change, by name, dependencies first; none where the live state is looked at. */
  modules: string[]
  /** Files and links that Apache will not read any more; likewise. */
  without: readonly string[]
}

export interface TestResult {
  /** On one line; undefined where it has none. */
  complaint: string | undefined
  listing: ListedVhost[]
}

/** Where the candidate lies during the test; Apache names it in its listing. */
export function candidateFile({ runFolder }: ApacheTest): string {
  return join(runFolder, 'candidate/mattermost.conf')
}

/**
 * Apache's own test with `text` in the place of our vhost, or without one. Throws `check.failed` where the
 * program cannot be run, `files.write`.
 */
export async function runApacheTest(test: ApacheTest, text: string | undefined): Promise<TestResult> {
  const { paths, root } = test
  const vhost = candidateFile(test)
  const folder = dirname(vhost)
  const main = join(folder, 'main.conf')
  await makeFolder(folder, root, 0o700)
  try {
    if (text !== undefined) await writeFileAtomic(vhost, text, { root, mode: 0o600 })
    const staged = await stageMain(test, text === undefined ? undefined : vhost)
    await writeFileAtomic(main, staged.text, { root, mode: 0o600 })
    const result = await test.exec(test.program.path, ['-t', '-f', main, '-D', 'DUMP_VHOSTS'], {
      ...(test.env === undefined ? {} : { env: test.env }),
    })
    if (result.status === 0) return { complaint: undefined, listing: parseListing(result.stdout) }
    const words = result.stderr || result.stdout || `exit status ${result.status}`
    return { complaint: mapped(words, staged, { main, vhost, vhostFile: paths.vhostFile }), listing: [] }
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
      modules: test.modules,
      without: test.without,
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
function mapped(
  words: string,
  staged: StagedMain,
  { main, vhost, vhostFile }: { main: string; vhost: string; vhostFile: string },
): string {
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
