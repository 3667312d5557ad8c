import { type ExitStatus, exitStatus, reasonOf, TeamchatError } from '../errors.js'
import type { Operations } from '../stories/operations.js'
import { importLineText, isForError } from '../sync/bulk-output.js'
import type { ImportLine, SyncReport } from '../sync/types.js'
import { type OpenHouse, withOperations } from './connect.js'
import { type Surroundings, write } from './io.js'

/**
 * `mattermost-bulk-user-create`: the manual's command. Each line comes when its outcome is known; a password that is
 * out is forgotten, one whose line could not be written stays in `teamchat users credentials`.
 */
export async function runBulkUserCreate(
  around: Surroundings,
  open: OpenHouse,
  password: string | undefined,
): Promise<ExitStatus> {
  const report = await withOperations(around.paths, open, 'writes', operations =>
    importTo(around, operations, password),
  )
  return report.failed > 0 || report.refused > 0 ? exitStatus.failed : exitStatus.done
}

async function importTo(
  around: Surroundings,
  operations: Operations,
  password: string | undefined,
): Promise<SyncReport> {
  const { stdout, stderr } = around.io
  const progress = new Progress(stderr)
  try {
    return await operations.importUsers({ password }, async line => {
      if (line.kind === 'progress') {
        progress.show(line.finished, line.total)
        return
      }
      progress.clear()
      const text = importLineText(line)
      if (text !== undefined) await print(isForError(line) ? stderr : stdout, text)
      const conflict = conflictText(line)
      if (conflict !== undefined) await print(stderr, conflict)
      if (line.kind === 'created') await operations.forgetCredentials([line.credentialId])
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

/** A line on a terminal that is overwritten; nothing elsewhere. */
class Progress {
  readonly #stream: NodeJS.WritableStream & { isTTY?: boolean }
  #shown = false

  constructor(stream: NodeJS.WritableStream & { isTTY?: boolean }) {
    this.#stream = stream
  }

  show(finished: number, total: number): void {
    if (this.#stream.isTTY !== true || total === 0) return
    const percent = Math.floor((100 * finished) / total)
    this.#stream.write(`\r\u001b[K${finished} of ${total} people, ${percent} %`)
    this.#shown = true
  }

  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K')
    this.#shown = false
  }
}
