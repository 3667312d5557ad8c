import { SCHEMA_VERSION } from '../api/schema-version.js'
import type { CommandContext } from './context.js'
import { write, writeLines } from './io.js'

/**
 * A value for machines, the version of its form first. `indent` 0 puts it on one line. Forms that the stock tools define
 * (`config printjson`) do not come from here.
 */
export function jsonText(value: object, indent = 2): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...value }, undefined, indent)}\n`
}

/** Prints a value for machines. */
export function writeJson(stream: NodeJS.WritableStream, value: object, indent?: number): Promise<void> {
  return write(stream, jsonText(value, indent))
}

/** The value for machines with --json, else its lines for people. */
export function show(
  { io }: CommandContext,
  { json }: { json: boolean },
  value: object,
  lines: string[],
): Promise<void> {
  return json ? writeJson(io.stdout, value) : writeLines(io.stdout, lines)
}
