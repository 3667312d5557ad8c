import { type ExitStatus, exitStatus, reasonOf, TeamchatError } from '../errors.js'
import { importLineText, isForError } from '../people/run/bulk-output.js'
import type { ImportLine, SyncReport } from '../people/types.js'
import type { Operations } from '../stories/operations.js'
import { type OpenHouse, withOperations } from './connect.js'
import { ForgetPrinted } from './forget-printed.js'
import { type Surroundings, write } from './io.js'
import { Progress } from './progress.js'

/**
 * `mattermost-bulk-user-create`: the manual's command. Each line comes when its outcome is known; a password that is
 * out is forgotten, one whose line could not be written stays in `teamchat users credentials`.
 */
export async function runBulkUserCreate(
  around: Surroundings,
  open: OpenHouse,
  options: { password: string | undefined; json: boolean },
): Promise<ExitStatus> {
  const report = await withOperations(around.paths, open, 'writes', operations =>
    options.json
      ? importAsJson(around, operations, options.password)
      : importTo(around, operations, options.password),
  )
  return report.failed > 0 || report.refused > 0 ? exitStatus.failed : exitStatus.done
}

async function importTo(
  around: Surroundings,
  operations: Operations,
  password: string | undefined,
): Promise<SyncReport> {
  const { stdout, stderr } = around.io
  const printed = new ForgetPrinted(ids => operations.forgetCredentials(ids))
  try {
    return await importWithProgress(around, operations, password, async line => {
      const text = importLineText(line)
      if (text !== undefined) await print(isForError(line) ? stderr : stdout, text)
      const conflict = conflictText(line)
      if (conflict !== undefined) await print(stderr, conflict)
      if (line.kind === 'created') printed.add(line.credentialId)
    })
  } finally {
    await printed.end()
  }
}

/** One value at the end. Until it is out every password stays where `teamchat users credentials` finds it. */
async function importAsJson(
  around: Surroundings,
  operations: Operations,
  password: string | undefined,
): Promise<SyncReport> {
  const lines: ImportLine[] = []
  const report = await importWithProgress(around, operations, password, async line => {
    lines.push(line)
  })
  await print(around.io.stdout, JSON.stringify({ lines, report }, undefined, 2))
  const printed = new ForgetPrinted(ids => operations.forgetCredentials(ids))
  for (const line of lines) if (line.kind === 'created') printed.add(line.credentialId)
  await printed.end()
  return report
}

async function importWithProgress(
  { io }: Surroundings,
  operations: Operations,
  password: string | undefined,
  onLine: (line: ImportLine) => Promise<void>,
): Promise<SyncReport> {
  const progress = new Progress({ stream: io.stderr, what: 'people' })
  try {
    return await operations.importUsers({ password }, async line => {
      if (line.kind === 'progress') {
        progress.show(line.finished, line.total)
        return
      }
      progress.clear()
      await onLine(line)
    })
  } catch (error) {
    if (error instanceof TeamchatError) throw error
    throw new TeamchatError(
      'failed',
      `cannot finish the import: the daemon has gone in the middle (${reasonOf(error)})`,
      {
        hint: `run it again when teamchatd runs: whoever was created is skipped then; ${NOT_PRINTED}`,
        cause: error,
      },
    )
  } finally {
    progress.clear()
  }
}

const NOT_PRINTED = 'passwords that were not printed: teamchat users credentials'

async function print(stream: NodeJS.WritableStream, text: string): Promise<void> {
  try {
    await write(stream, `${text}\n`)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why =
      code === 'EPIPE' ? 'its reader has gone' : code === 'ENOSPC' ? 'no space left' : reasonOf(error)
    throw new TeamchatError('failed', `cannot go on with the import: cannot print a line (${why})`, {
      hint: `run it again with another output: whoever was created is skipped then; ${NOT_PRINTED}`,
      cause: error,
    })
  }
}

function conflictText(line: ImportLine): string | undefined {
  return line.kind === 'existing' && line.conflict !== undefined
    ? `${line.login}: ${line.conflict}`
    : undefined
}
