import { parseArgs } from 'node:util'
import type { Request } from './verbs.js'

/** A command line that systemctl would not take either. */
export class UsageError extends Error {}

/** Takes apart what stands behind `systemctl`; options may stand anywhere. Throws UsageError. */
export function parseRequest(argv: string[]): Request {
  const { values, positionals } = parsed(argv)
  const [verb = '', ...names] = positionals
  return {
    verb,
    names: verb === 'cancel' ? names : names.map(withSuffix),
    noBlock: values['no-block'] === true,
    quiet: values.quiet === true,
    properties: values.property?.flatMap(list => list.split(',')),
    valueOnly: values.value === true,
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        'no-block': { type: 'boolean' },
        quiet: { type: 'boolean', short: 'q' },
        property: { type: 'string', short: 'p', multiple: true },
        value: { type: 'boolean' },
        'no-pager': { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function withSuffix(name: string): string {
  return /\.[a-z]+$/.test(name) ? name : `${name}.service`
}
