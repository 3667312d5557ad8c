import { hostOverrides, isDefaultDb } from '../../configdb/overrides.js'
import { updateDb } from '../../configdb/store.js'
import { type ExitStatus, exitStatus } from '../../errors.js'
import { checkOperands } from './operands.js'
import { print } from './output.js'
import { type PlannedStep, planStep, resolveOperands } from './planned-step.js'
import type { Step } from './record-changes.js'
import type { ConfigIo } from './run.js'
import type { DbTarget } from './target.js'

/** A command that writes, as it was typed. */
export interface WriteLine {
  command: string
  operands: string[]
  escape: boolean
}

/**
 * Runs a command that writes. Everything is checked before the DB is opened, so a refusal leaves it untouched.
 * Throws `usage`, `db.value` for what the file cannot hold, `settings.invalid` for a known property's wrong value,
 * and what `updateDb` throws.
 */
export async function runWrite(target: DbTarget, line: WriteLine, io: ConfigIo): Promise<ExitStatus> {
  checkOperands(target.program, line.command, line.operands)
  const step = await stepOf(target, line, io)
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
    const said = whatToTypeInstead(line.command, line.operands)
    if (said !== undefined) await warn(io, said)
  }
  return exitStatus.done
}

async function stepOf(target: DbTarget, line: WriteLine, io: ConfigIo): Promise<PlannedStep> {
  const options = { escaping: line.escape, checking: target.isConfiguration, program: target.program }
  if (line.command === 'loaddefaults') {
    const { planDefaults } = await import('./load-defaults.js')
    return planDefaults(line.operands[0] ?? '', io.paths, options)
  }
  const operands = await resolveOperands(line.command, line.operands, io.stdin)
  if (line.command !== 'setjson') return planStep(line.command, operands, options)
  const { planJson } = await import('./set-json.js')
  return planJson(operands[0] ?? '', options)
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
