import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Lock, takeLock } from '../../../../src/system/lock.js'
import type { ProcessId } from './process.js'

/** What a unit file would say. */
export interface UnitDefinition {
  description: string
  /** Program and arguments; without them the unit is pretended: it has states and no process. */
  exec?: string[] | undefined
  workingDirectory?: string | undefined
  /** The whole environment of the process, but for PATH. */
  environment?: Record<string, string> | undefined
  /** The unit is active once its log holds these words (in the place of sd_notify); without them at once. */
  readyWords?: string | undefined
  /** Whether `reload` does anything. */
  canReload: boolean
}

/** What has become of it. */
export interface UnitState {
  enabled: boolean
  /** Of a pretended unit: whether it is "active". */
  started: boolean
  main?: ProcessId | undefined
  /** Bytes of the log before the main process began. */
  logStart: number
  /** The main process was told to end. */
  stopping: boolean
  job?: { id: number; verb: 'start' | 'stop' | 'restart' } | undefined
}

const INITIAL: UnitState = { enabled: false, started: false, logStart: 0, stopping: false }
/** Nobody holds the lock longer than a process takes to be started. */
const LOCK_WAIT_MS = 10_000

/** The folder of a supervisor: `units/` what there is, `states/` what became of it, `logs/`, `journal`, `systemctl`. */
export class UnitFolder {
  constructor(readonly folder: string) {}

  /** Makes the folder's parts; an existing one stays as it is. */
  async create(): Promise<void> {
    for (const part of ['units', 'states', 'logs']) await mkdir(join(this.folder, part), { recursive: true })
  }

  /** Puts or replaces a unit. `initial` counts only where the unit has no state yet. */
  async define(name: string, definition: UnitDefinition, initial: Partial<UnitState> = {}): Promise<void> {
    await writeFile(this.definitionFile(name), JSON.stringify(definition, undefined, 2))
    await this.change(name, state => (state === INITIAL ? { ...INITIAL, ...initial } : state))
  }

  /** undefined: there is no such unit. */
  async definition(name: string): Promise<UnitDefinition | undefined> {
    return readJson<UnitDefinition>(this.definitionFile(name))
  }

  async state(name: string): Promise<UnitState> {
    return (await readJson<UnitState>(this.stateFile(name))) ?? INITIAL
  }

  /** Reads, changes and writes a state under the folder's lock, and gives what was written. */
  async change(
    name: string,
    decide: (state: UnitState) => UnitState | Promise<UnitState>,
  ): Promise<UnitState> {
    const lock = await this.lock()
    try {
      const state = await decide(await this.state(name))
      const file = this.stateFile(name)
      await writeFile(`${file}.new`, JSON.stringify(state))
      await rename(`${file}.new`, file)
      return state
    } finally {
      await lock.release()
    }
  }

  /** Only under `change`: ids are unique for ever. */
  async nextJobId(): Promise<number> {
    const file = join(this.folder, 'last-job')
    const id = ((await readJson<number>(file)) ?? 0) + 1
    await writeFile(file, String(id))
    return id
  }

  /** Where the process' own output goes. */
  logFile(name: string): string {
    return join(this.folder, 'logs', `${name}.log`)
  }

  /** One line about what the supervisor did. */
  async note(line: string): Promise<void> {
    await writeFile(this.journalFile, `${line}\n`, { flag: 'a' })
  }

  get journalFile(): string {
    return join(this.folder, 'journal')
  }

  private definitionFile(name: string): string {
    return join(this.folder, 'units', `${name}.json`)
  }

  private stateFile(name: string): string {
    return join(this.folder, 'states', `${name}.json`)
  }

  private async lock(): Promise<Lock> {
    const lock = await takeLock(join(this.folder, 'lock'), LOCK_WAIT_MS)
    if (lock === undefined) throw new Error(`cannot lock ${this.folder}: somebody else holds it`)
    return lock
  }
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
