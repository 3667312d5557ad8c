import { hostOverrides, isDefaultDb } from '../../configdb/overrides.js'
import { updateDb } from '../../configdb/store.js'
import { type ExitStatus, exitStatus } from '../../errors.js'
import { readOperands } from '../operands.js'
import { checkWords } from './check-words.js'
import { type ConfigIo, type DbTarget, print } from './io.js'
import { type PlannedStep, resolveOperands, type WriteVerb } from './planned-step.js'
import type { Step } from './record-changes.js'

/**
 * Runs a verb that writes. Everything is checked before the DB is opened, so a refusal leaves it untouched.
 * Throws `usage`, `db.value` for what the file cannot hold, `settings.invalid` for a known property's wrong value,
 * and what `updateDb` throws.
 */
export async function runWrite(
  target: DbTarget,
  verb: WriteVerb,
  line: { words: string[]; escape: boolean },
  io: ConfigIo,
): Promise<ExitStatus> {
  const step = await stepOf(target, verb, line, io)
  for (const warning of [...step.warnings, ...overrideWarnings(step, target, io)]) await warn(io, warning)
  // Only the first look counts: when asked again, our own change may be there already.
  let first: Step | undefined
  await updateDb(
    target.path,
    records => {
      const made = step.change(records)
      first ??= made
      return made.next
    },
    { root: io.paths.root },
  )
  for (const note of first?.notes ?? []) await warn(io, note)
  if (first?.absent !== true) return exitStatus.done
  if (step.ifMissing === 'fail') return exitStatus.failed
  if (target.isConfiguration) {
    const { whatToTypeInstead } = await import('./missing-record.js')
    const said = whatToTypeInstead(verb.name, line.words)
    if (said !== undefined) await warn(io, said)
  }
  return exitStatus.done
}

async function stepOf(
  target: DbTarget,
  verb: WriteVerb,
  line: { words: string[]; escape: boolean },
  io: ConfigIo,
): Promise<PlannedStep> {
  checkWords(target, verb, line.words)
  const words = await resolveOperands(verb.operands, line.words, io.stdin)
  const { operands } = readOperands(verb.operands, words)
  const { program, isConfiguration } = target
  return verb.plan(operands, { escaping: line.escape, checking: isConfiguration, program, paths: io.paths })
}

/** The stock tools' readers and ours see the host's own value in place of what is stored. */
function overrideWarnings(step: PlannedStep, target: DbTarget, io: ConfigIo): string[] {
  if (!isDefaultDb(io.paths, target.path)) return []
  const overrides = hostOverrides()
  return step.sets.flatMap(key => {
    const host = overrides.get(key)
    if (host === undefined) return []
    return [`${key} is stored, but every reader sees this host's own value "${host}" instead`]
  })
}

async function warn(io: ConfigIo, text: string): Promise<void> {
  await print(io.stderr, Buffer.from(`teamchat: ${text}\n`))
}
