/**
 * The version of all that `--json` prints and the API answers: raised when a member is renamed, removed or changes its
 * meaning, not when one is added. Scripts compare it before they read on.
 */
export const SCHEMA_VERSION = 1
