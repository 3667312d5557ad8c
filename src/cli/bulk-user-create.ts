import type { ImportLine, SyncReport } from '../api/contract/people.js'
import type { Operations } from '../api/contract.js'
import { type ExitStatus, exitStatus, reasonOf, TeamchatError } from '../errors.js'
import { importLineText, isForError } from '../people/run/import.js'
import { operate } from './connect.js'
import type { CommandContext } from './context.js'
import { ForgetPrinted } from './forget-printed.js'
import { write } from './io.js'
import { writeJson } from './json-output.js'
import { Progress } from './progress.js'

/**
 * The manual's command. Each line is printed when its outcome is known; a password that was printed is forgotten, one
 * whose line could not be written stays in `teamchat users credentials`.
 */
export async function importUsers(
  context: CommandContext,
  { password, json }: { password: string | undefined; json: boolean },
): Promise<ExitStatus> {
  const report = await operate(context, 'writes', operations =>
    json ? importAsJson(context, operations, password) : importTo(context, operations, password),
  )
  return report.failed > 0 || report.refused > 0 ? exitStatus.failed : exitStatus.done
}

async function importTo(
  context: CommandContext,
  operations: Operations,
  password: string | undefined,
): Promise<SyncReport> {
  const { stdout, stderr } = context.io
  const printed = new ForgetPrinted(ids => operations.forgetCredentials({ ids }))
  try {
    return await importWithProgress(context, operations, password, async line => {
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

/** One value at the end. Until it is printed every password stays where `teamchat users credentials` finds it. */
async function importAsJson(
  context: CommandContext,
  operations: Operations,
  password: string | undefined,
): Promise<SyncReport> {
  const lines: ImportLine[] = []
  const report = await importWithProgress(context, operations, password, async line => {
    lines.push(line)
  })
  await printing(writeJson(context.io.stdout, { lines, report }))
  const printed = new ForgetPrinted(ids => operations.forgetCredentials({ ids }))
  for (const line of lines) if (line.kind === 'created') printed.add(line.credentialId)
  await printed.end()
  return report
}

async function importWithProgress(
  { io }: CommandContext,
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
      `cannot finish the import: the daemon stopped in the middle (${reasonOf(error)})`,
      {
        hint: `run it again when teamchatd runs: users that exist are skipped then; ${NOT_PRINTED}`,
        cause: error,
      },
    )
  } finally {
    progress.clear()
  }
}

const NOT_PRINTED = 'passwords that were not printed: teamchat users credentials'

function print(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return printing(write(stream, `${text}\n`))
}

async function printing(written: Promise<void>): Promise<void> {
  try {
    await written
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why =
      code === 'EPIPE' ? 'its reader is gone' : code === 'ENOSPC' ? 'no space left' : reasonOf(error)
    throw new TeamchatError('failed', `cannot go on with the import: cannot print a line (${why})`, {
      hint: `run it again with another output: users that exist are skipped then; ${NOT_PRINTED}`,
      cause: error,
    })
  }
}

function conflictText(line: ImportLine): string | undefined {
  return line.kind === 'existing' && line.conflict !== undefined
    ? `${line.login}: ${line.conflict}`
    : undefined
}
