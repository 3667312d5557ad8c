import type { ExitStatus } from '../../errors.js'
import type { CommandText, Given, OperandTable, OptionTable } from '../command.js'
import type { ConfigIo } from './io.js'
import type { WriteVerb } from './planned-step.js'
import type { ReadVerb } from './read.js'

/** A verb of `config` that opens no DB; it is not there for `db`. */
export interface ToolVerb<O extends OptionTable = OptionTable, P extends OperandTable = OperandTable>
  extends CommandText<O, P> {
  run(given: Given<O, P>, io: ConfigIo): Promise<ExitStatus>
}

/** A verb of `config`; `name` is `config getprop`. */
export type Verb = ReadVerb | WriteVerb | ToolVerb

/** Gives `run` the types of the verb's own options and operands. */
export function defineTool<const O extends OptionTable, const P extends OperandTable>(
  verb: ToolVerb<O, P>,
): ToolVerb<O, P> {
  return verb
}
