import { AsyncLocalStorage } from 'node:async_hooks'
import fs from 'node:fs'
import promises, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import { OpenFolder } from '../../src/system/folder.js'

/** One call that changes the disk, or asks a service for something, just before it is done. */
export interface DiskStep {
  /** From 1. */
  number: number
  /** `rename settings.json`, `systemctl restart --no-block mattermost.service` */
  name: string
  /** A process that ends just before it leaves what one leaves that ends at the next: fsync, the mode of a new file. */
  quiet: boolean
}

/** What happens at a step: it is done, it fails, or the process ends there and nothing more of it reaches the disk. */
export type Verdict = 'go' | 'end' | Error

interface Run {
  steps: DiskStep[]
  decide: (step: DiskStep) => Verdict
  /** With the names of their files. */
  opened: Map<FileHandle, string>
  ended: boolean
  onEnd: () => void
}

const runs = new AsyncLocalStorage<Run>()
let real: typeof promises.open | undefined
let isHandlePatched = false

/**
 * Runs `work` and asks `decide` before each of its steps; gives the steps, and true where the work was ended, as a
 * `kill -9` would: it never goes on, and what it had open is closed. Others' calls are let alone. fsync is left out.
 */
export async function watchDisk(
  work: () => Promise<unknown>,
  decide: Run['decide'] = () => 'go',
): Promise<{ steps: DiskStep[]; ended: boolean; error: unknown }> {
  patch()
  let onEnd = () => {}
  const end = new Promise<void>(resolve => {
    onEnd = resolve
  })
  const run: Run = { steps: [], decide, opened: new Map(), ended: false, onEnd }
  let error: unknown
  const done = runs.run(run, async () => {
    try {
      await work()
    } catch (cause) {
      error = cause
    }
  })
  await Promise.race([done, end])
  if (run.ended) for (const file of run.opened.keys()) await file.close().catch(() => {})
  return { steps: run.steps, ended: run.ended, error }
}

/** A step that is no call of Node's file system. Throws where the work ends or fails here. */
export function diskStep(name: string): void {
  const verdict = ask(name)
  if (verdict === 'end') throw new Error('ended')
  if (verdict instanceof Error) throw verdict
}

function ask(name: string, quiet = false): Verdict {
  const run = runs.getStore()
  if (run === undefined) return 'go'
  if (run.ended) return 'end'
  const step = { number: run.steps.length + 1, name, quiet }
  run.steps.push(step)
  const verdict = run.decide(step)
  if (verdict === 'end') {
    run.ended = true
    setImmediate(run.onEnd)
  }
  return verdict
}

const never = () => new Promise<never>(() => {})

function answer<T>(verdict: Verdict, go: () => Promise<T>): Promise<T> {
  if (verdict === 'go') return go()
  return verdict === 'end' ? never() : Promise.reject(verdict)
}

// biome-ignore lint/suspicious/noExplicitAny: functions of any shape are wrapped
type Any = any

function patch(): void {
  if (real !== undefined) return
  real = promises.open
  const open = real
  const changing = ['rename', 'unlink', 'symlink', 'link', 'mkdir', 'rmdir', 'writeFile', 'chmod'] as const
  for (const call of changing) {
    const before: Any = promises[call]
    ;(promises as Any)[call] = (...args: Any[]) =>
      answer(ask(`${call} ${shown(args)}`), () => before(...args))
  }
  for (const call of ['renameSync', 'unlinkSync', 'linkSync'] as const) {
    const before: Any = fs[call]
    ;(fs as Any)[call] = (...args: Any[]) => {
      diskStep(`${call.slice(0, -4)} ${shown(args)}`)
      return before(...args)
    }
  }
  const append: Any = fs.appendFileSync
  ;(fs as Any).appendFileSync = (path: string, text: string) => {
    const isQuestion = /^(show|is-active|is-enabled|reset-failed) /.test(text)
    if (!isQuestion) diskStep(`systemctl ${text.trim().replace('--no-block ', '')}`)
    append(path, text)
  }
  ;(promises as Any).open = async (path: string, flags: unknown, mode: unknown) => {
    const run = runs.getStore()
    const creates = typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0
    const go = () => (open as Any)(path, flags, mode) as Promise<FileHandle>
    const file = await (creates ? answer(ask(`create ${shown([path])}`), go) : go())
    patchHandle(file)
    if (run?.ended) {
      await file.close()
      return never()
    }
    run?.opened.set(file, shown([path]))
    return file
  }
  patchFolders()
  syncBuiltinESMExports()
}

function patchFolders(): void {
  const { sync } = OpenFolder.prototype
  OpenFolder.prototype.sync = function () {
    if (runs.getStore() === undefined) return sync.call(this)
    return answer(ask(`sync ${shown([fs.readlinkSync(this.path)])}`, true), async () => {})
  }
}

function patchHandle(file: FileHandle): void {
  if (isHandlePatched) return
  isHandlePatched = true
  const shared: Any = Object.getPrototypeOf(file)
  const { writeFile, chmod, chown, sync, datasync } = shared
  const name = (handle: FileHandle) => runs.getStore()?.opened.get(handle) ?? 'a file'
  const watched = () => runs.getStore() !== undefined
  shared.writeFile = function (text: string | Buffer, ...more: unknown[]) {
    const verdict = ask(`write ${name(this)}`)
    const half = () => writeFile.call(this, text.slice(0, text.length / 2), ...more)
    // What a process was writing when it ended is there by half.
    if (verdict === 'end') return half().then(never)
    if (verdict instanceof Error) return half().then(() => Promise.reject(verdict))
    return writeFile.call(this, text, ...more)
  }
  shared.chmod = function (...args: unknown[]) {
    return answer(ask(`chmod ${name(this)}`, true), () => chmod.apply(this, args))
  }
  shared.chown = function (...args: unknown[]) {
    return answer(ask(`chown ${name(this)}`), () => chown.apply(this, args))
  }
  for (const [call, before] of Object.entries({ sync, datasync })) {
    shared[call] = function () {
      if (!watched()) return before.call(this)
      return answer(ask(`${call} ${name(this)}`, true), async () => {})
    }
  }
}

/** The last path among the arguments, as a name that is the same in each run. */
function shown(args: readonly unknown[]): string {
  const path = args.filter(arg => typeof arg === 'string').at(-1) ?? ''
  return basename(path)
    .replace(/\.teamchatd-.*$/, ' (new)')
    .replace(/^teamchatd-site-.*/, 'the root')
}
