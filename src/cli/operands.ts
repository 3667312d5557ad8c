import type { OperandSpec, OperandTable, OperandValues } from './command.js'

/**
 * The words of a command line by the names of its operands, or the problem with them. The fast path of
 * `teamchat config` loads it too.
 */
export function readOperands<P extends OperandTable>(
  table: P | undefined,
  words: readonly string[],
): { operands: OperandValues<P>; problem: string | undefined } {
  const operands: Record<string, string | string[] | undefined> = {}
  let [at, problem]: [number, string | undefined] = [0, undefined]
  for (const name in table) {
    const spec = table[name] as OperandSpec
    const many = spec.count === 'any' || spec.count === 'some'
    const taken = words.slice(at, many ? undefined : at + 1)
    at += taken.length
    problem ??= missingOf(spec, taken.length)
    operands[name] = many ? taken : taken[0]
  }
  if (at < words.length) problem = `unexpected argument '${words[at]}'`
  return { operands: operands as OperandValues<P>, problem }
}

function missingOf({ shown, count = 'one', pairs }: OperandSpec, number: number): string | undefined {
  if (number === 0 && (count === 'one' || count === 'some')) return `${shown} is missing`
  if (pairs === true && number % 2 !== 0) return `the last ${shown.split(' ')[0]} has no value`
  return undefined
}
