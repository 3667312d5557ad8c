import { type ChildProcess, spawn } from 'node:child_process'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { type ExecResult, exec } from '../../../src/system/exec.js'
import { wordsOf } from '../../../src/system/log.js'
import { cleanEnvironment } from './environment.js'
import { shellWord } from './supervisor/install.js'

/** Nobody reads for longer what a command prints. */
const COMMAND_TIMEOUT_MS = 120_000
/** teamchatd promises to end within 5 s. */
const STOP_TIMEOUT_MS = 10_000

/** The programs of this checkout, run below one root. */
export class Programs {
  private readonly env: Record<string, string>

  constructor(
    private readonly project: string,
    private readonly root: string,
    systemctl: string,
  ) {
    this.env = cleanEnvironment(process.env, { TEAMCHAT_SYSTEMCTL: systemctl })
  }

  /** The command line as somebody types it in the checkout's folder. */
  teamchatLine(args: string): string {
    return `node dist/src/bin/teamchat.js --root ${this.shown(this.root)} ${args}`
  }

  /** The same for the daemon. */
  daemonLine(): string {
    return `node dist/src/bin/teamchatd.js --root ${this.shown(this.root)}`
  }

  /** A path as somebody types it in the checkout's folder. */
  shown(path: string): string {
    const inside = relative(this.project, path)
    return shellWord(inside.startsWith('..') ? path : inside)
  }

  teamchat(args: readonly string[]): Promise<ExecResult> {
    return this.run('teamchat', args)
  }

  /** The daemon; each line of its log goes to `onLine`. */
  startDaemon(onLine: (line: string) => void): Daemon {
    return new Daemon([this.file('teamchatd'), '--root', this.root], this.env, onLine)
  }

  private run(name: string, args: readonly string[]): Promise<ExecResult> {
    return exec(process.execPath, [this.file(name), '--root', this.root, ...args], {
      cwd: this.project,
      env: this.env,
      timeoutMs: COMMAND_TIMEOUT_MS,
    })
  }

  private file(name: string): string {
    return join(this.project, 'dist/src/bin', `${name}.js`)
  }
}

/** A running teamchatd, in a process group of its own: Ctrl-C reaches us alone, and we end it in order. */
export class Daemon {
  /** Resolves with words for how it ended. */
  readonly ended: Promise<string>
  private hasEnded = false
  private readonly child: ChildProcess

  constructor(args: readonly string[], env: Record<string, string>, onLine: (line: string) => void) {
    const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env })
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', line => onLine(asWords(line)))
    }
    this.ended = new Promise(resolve => {
      child.once('error', error => resolve(`cannot be started: ${error.message}`))
      child.once('close', (code, signal) => resolve(signal === null ? `ended with status ${code}` : signal))
    })
    this.ended.then(() => {
      this.hasEnded = true
    })
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get lives(): boolean {
    return !this.hasEnded
  }

  /** SIGTERM, and SIGKILL where that is not heard; gives words for how it ended. */
  async stop(): Promise<string> {
    if (!this.hasEnded) this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    try {
      return await this.ended
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A line of the log as a terminal would show it; what is not JSON stays as it is. */
function asWords(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const { time: _time, ...members } = JSON.parse(line) as Record<string, unknown>
    return wordsOf(JSON.stringify(members), 'terminal')
  } catch {
    // Something else that begins with a brace: shown as it is.
    return line
  }
}
