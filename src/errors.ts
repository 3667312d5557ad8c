/** Exit statuses of every command; a seam that scripts rely on (docs/reference/exit-status.md). */
export const exitStatus = {
  done: 0,
  failed: 1,
  changesPending: 2,
  usage: 64,
  unreachable: 69,
  tryLater: 75,
  notAllowed: 77,
  configuration: 78,
} as const

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

interface ErrorKind {
  exit: ExitStatus
  http: number
  /** The operator's remedy, where the place of the error knows nothing better. */
  hint: string
}

function kind(exit: keyof typeof exitStatus, http: number, hint: string): ErrorKind {
  return { exit: exitStatus[exit], http, hint }
}

/** Every kind of error that teamchatd reports. Callers branch on the code, never on the text. */
export const catalogue = {
  usage: kind('usage', 400, 'see --help'),
  failed: kind('failed', 500, 'see the log: journalctl -u teamchatd'),
  'db.unreadable': kind('failed', 500, 'look at the file and its permissions'),
  'db.write': kind('failed', 500, 'free some space or mend the permissions, then repeat the command'),
  'db.lost': kind(
    'configuration',
    409,
    'put the file or the record back; until then the last good state stays',
  ),
  'db.value': kind('failed', 422, 'change the value'),
  'settings.invalid': kind('configuration', 422, 'correct the property with teamchat config setprop'),
  'settings.notAdopted': kind('configuration', 409, 'look at teamchat plan, then run teamchat adopt'),
  'settings.unsupported': kind('configuration', 422, 'see docs/reference'),
  'template.invalid': kind('configuration', 422, 'correct the template'),
  'check.failed': kind('configuration', 422, 'nothing was changed; correct the setting and apply again'),
  'change.undone': kind('failed', 500, 'correct the setting; teamchat apply --force tries the same again'),
  'services.failed': kind('failed', 500, 'see systemctl status and journalctl of the unit'),
  'services.unreachable': kind('unreachable', 503, 'see systemctl status of the unit'),
  'files.unsafe': kind('notAllowed', 403, 'mend owner, mode or link of the path'),
  'files.write': kind('failed', 500, 'free some space or mend the permissions; it is tried again'),
  'mattermost.unreachable': kind('unreachable', 503, 'is Mattermost running? systemctl status mattermost'),
  'mattermost.localModeOff': kind(
    'unreachable',
    503,
    'local mode is off: run teamchat apply, or set ServiceSettings.EnableLocalMode and restart Mattermost',
  ),
  'mattermost.untrusted': kind(
    'notAllowed',
    403,
    'the socket must belong to root or to the user of the unit',
  ),
  'host.changed': kind(
    'configuration',
    409,
    'look at teamchat users plan, then run teamchat users accept-host',
  ),
  'mattermost.refused': kind('failed', 502, "see Mattermost's own log: journalctl -u mattermost"),
  'mattermost.noAccount': kind(
    'tryLater',
    503,
    'open the site and go through its wizard, or run mattermost-bulk-user-create',
  ),
  'directory.unreachable': kind('unreachable', 503, 'is the directory server running and reachable?'),
  'directory.bind': kind('configuration', 502, 'check BindDN and the password of the sssd record'),
  'directory.empty': kind('configuration', 502, 'check BaseDN, UserDN and that the bind account may read'),
  'directory.invalid': kind('configuration', 422, 'correct the sssd record or the file'),
  'generation.unknown': kind('usage', 404, 'teamchat history lists them'),
  'event.unknown': kind('usage', 404, 'teamchat signal-event --help lists the known names'),
  'state.unreadable': kind('failed', 500, 'restore the file from a backup, or move it away'),
  paused: kind('tryLater', 409, 'teamchat resume goes on'),
  locked: kind('tryLater', 409, 'wait until the other one has finished'),
  running: kind('failed', 409, 'stop the other daemon first'),
  otherVersion: kind(
    'failed',
    500,
    'restart the daemon with the installed version: systemctl restart teamchatd',
  ),
  notAllowed: kind('notAllowed', 403, 'run it as root'),
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof catalogue

/**
 * An error that is meant for the operator: `message` reads "cannot …: cause", `hint` says what to do.
 * Neither ever holds a secret. `exitCode` and `httpStatus` come from the catalogue.
 */
export class TeamchatError extends Error {
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'TeamchatError'
    this.code = code
    this.hint = options.hint ?? catalogue[code].hint
  }

  get exitCode(): ExitStatus {
    return catalogue[this.code].exit
  }

  get httpStatus(): number {
    return catalogue[this.code].http
  }
}

/** The text of anything that was thrown, on one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replaceAll(/\s*\n\s*/g, ' ').trim()
}

/** Any thrown value as a TeamchatError; what is none already becomes one of `code`, "cannot DO: reason". */
export function asTeamchatError(error: unknown, code: ErrorCode, cannot: string): TeamchatError {
  if (error instanceof TeamchatError) return error
  return new TeamchatError(code, `cannot ${cannot}: ${reasonOf(error)}`, { cause: error })
}

/** The error of a write to standard output or error that failed (a full disk, not a reader that has gone); else undefined. */
export function asOutputError(error: unknown): TeamchatError | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (error instanceof TeamchatError || syscall !== 'write' || code === undefined) return undefined
  const reason = code === 'ENOSPC' ? 'no space left' : reasonOf(error)
  return new TeamchatError('failed', `cannot print: ${reason}`, {
    hint: 'repeat the command with another output; where it changes something, that may have been done already',
    cause: error,
  })
}
