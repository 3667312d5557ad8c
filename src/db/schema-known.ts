import type { Check } from './schema-checks.js'

/** One known property of a record: what documents, checks and reads it. */
export interface KnownProperty {
  record: string
  /** '' is the whole value of a plain record such as DomainName. */
  property: string
  /** What kind of value it is, for people. */
  type: string
  /** What counts where it is not set, as it would stand in the DB; in <angle brackets> where it is worked out. */
  fallback: string
  /** Why the default is what it is. */
  why: string
  help: string
  check: Check
  /** Its value is never shown. */
  secret?: true
  /** An empty value is as wrong as any other one; elsewhere empty means "not set". */
  neverEmpty?: true
}
