/** What a program needs of a user's environment to run and to look right; nothing that could steer ours. */
const KEPT = /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TERM|COLORTERM|NO_COLOR|TMPDIR)$/

/** `env` without TEAMCHAT_*, DBPATH, MM_*, NOTIFY_SOCKET, NODE_OPTIONS and all else that nobody meant for us. */
export function cleanEnvironment(
  env: NodeJS.ProcessEnv,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && KEPT.test(name)) kept[name] = value
  }
  return { ...kept, ...more }
}
