import type { z } from 'zod'

/** One thing that can be asked of teamchatd. Whoever can open the socket, root alone, may ask all of them. */
export interface Operation {
  method: 'GET' | 'POST'
  /** `:id` stands for the input's member of that name. */
  path: string
  /** One sentence for the API's document. */
  summary: string
  /** Members of a GET travel in the path and the query, as text. Absent: nothing is given. */
  input?: z.ZodObject
  output: z.ZodObject
  /** The answer comes as lines of JSON: `{"line": …}` as things happen, at last `{"report": …}` or `{"error": …}`. */
  line?: z.ZodType
}

/** Declares an operation with the types of its own schemas. */
export function defineOperation<const T extends Operation>(operation: T): T {
  return operation
}
