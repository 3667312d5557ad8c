import type { z } from 'zod'

/** One thing that can be asked of teamchatd. */
export interface Operation {
  method: 'GET' | 'POST'
  /** `:id` stands for the input's member of that name. */
  path: string
  /** One sentence for the API's document. */
  summary: string
  /** The root account and the daemon's own user may call everything on the socket; nobody else can open it. */
  access: 'root'
  /** Members of a GET travel in the path and the query, as text. Absent: nothing is given. */
  input?: z.ZodObject
  output: z.ZodObject
  /** The answer comes as lines of JSON: `{"line": …}` as things happen, at last `{"report": …}` or `{"error": …}`. */
  line?: z.ZodType
}

/** Declares an operation with the types of its own schemas. */
export function defineOperation<const T extends Omit<Operation, 'access'>>(
  operation: T,
): T & { access: 'root' } {
  return { ...operation, access: 'root' }
}
