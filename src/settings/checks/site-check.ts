import { randomBytes } from 'node:crypto'
import { basename, join } from 'node:path'
import { reasonOf, TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { Exec } from '../../system/exec.js'
import { removeFile } from '../../system/files/entries.js'
import { writeFileAtomic } from '../../system/files/files.js'
import { makeFolder } from '../../system/files/folder.js'
import type { SiteCheck } from '../plan/change-plan.js'

/**
 * Lets the site's programs test the candidates, which lie in the run folder for so long (0600). Nothing has been written
 * yet. Throws `check.failed` with the program's own last words.
 */
export async function checkCandidates(
  checks: readonly SiteCheck[],
  parts: { exec: Exec; paths: Pick<Paths, 'root' | 'runFolder'> },
): Promise<void> {
  const { root, runFolder } = parts.paths
  for (const check of checks) {
    await makeFolder(runFolder, root, 0o755)
    const candidate = join(runFolder, `check-${randomBytes(6).toString('hex')}-${basename(check.path)}`)
    await writeFileAtomic(candidate, check.text, { root, mode: 0o600 })
    try {
      const [program = '', ...words] = check.program.map(word => word.replaceAll('{file}', candidate))
      const { status, stdout, stderr } = await parts.exec(program, words).catch(cause => {
        throw notTested(check, program, cause)
      })
      if (status === 0) continue
      const said = (stderr.trim() || stdout.trim()).split('\n').at(-1)?.replaceAll(candidate, check.path)
      throw new TeamchatError(
        'check.failed',
        `cannot write ${check.path}: ${program} refuses it: ${said || `exit status ${status}`}`,
        { hint: `nothing was changed; correct the templates of ${check.output}` },
      )
    } finally {
      await removeFile(candidate, root)
    }
  }
}

/** A program that cannot be started is a fault of `output.json`; one that took too long is tried again. */
function notTested(check: SiteCheck, program: string, error: unknown): unknown {
  const cause = error instanceof TeamchatError ? error.cause : undefined
  if (cause === undefined) return error
  const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
  const reason = isMissing ? `there is no program ${program}` : reasonOf(error)
  return new TeamchatError('check.failed', `cannot test ${check.path}: ${reason}`, {
    hint: `nothing was changed; mend ${program}, or correct check in templates-custom/${check.output}/output.json`,
    cause,
  })
}
