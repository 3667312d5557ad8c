import { AsyncLocalStorage } from 'node:async_hooks'
import fs from 'node:fs'
import promises, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import { Descriptor, OpenFile } from '../../src/system/files/open-file.js'

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
  opened: Map<FileHandle | OpenFile, string>
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
  if (run.ended) for (const file of run.opened.keys()) await closed(file)
  return { steps: run.steps, ended: run.ended, error }
}

async function closed(file: FileHandle | OpenFile): Promise<void> {
  try {
    await file.close()
  } catch {
    // Whoever had it open has closed it.
  }
}

/** A step that is no call of a thread's. Throws where the work ends or fails here; what it does then fails as well. */
export function diskStep(name: string, quiet = false): void {
  const verdict = ask(name, quiet)
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
      // What cleans up behind an error of ours: a process that has ended does not, and does not complain either.
      if (call === 'unlinkSync' && runs.getStore()?.ended === true) return
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
  patchOpenFiles()
  syncBuiltinESMExports()
}

function patchOpenFiles(): void {
  const { create, extend } = OpenFile
  const { write } = OpenFile.prototype
  const { sync, chmod, chown } = Descriptor.prototype
  const name = (opened: Descriptor) =>
    (opened instanceof OpenFile ? runs.getStore()?.opened.get(opened) : undefined) ??
    shown([fs.readlinkSync(`/proc/self/fd/${opened.fd}`)])
  const kept = (file: OpenFile, path: string) => {
    runs.getStore()?.opened.set(file, shown([path]))
    return file
  }
  OpenFile.create = path => {
    diskStep(`create ${shown([path])}`)
    return kept(create.call(OpenFile, path), path)
  }
  OpenFile.extend = path => kept(extend.call(OpenFile, path), path)
  OpenFile.prototype.write = function (content) {
    return written(`write ${name(this)}`, content, part => write.call(this, part))
  }
  Descriptor.prototype.chmod = function (mode) {
    diskStep(`chmod ${name(this)}`, true)
    chmod.call(this, mode)
  }
  Descriptor.prototype.chown = function (uid, gid) {
    diskStep(`chown ${name(this)}`)
    chown.call(this, uid, gid)
  }
  Descriptor.prototype.sync = function () {
    if (runs.getStore() === undefined) return sync.call(this)
    return answer(ask(`sync ${name(this)}`, true), async () => {})
  }
}

/** What a process was writing when it ended is there by half. */
async function written(
  step: string,
  content: string | Buffer,
  write: (part: string | Buffer) => Promise<void>,
): Promise<void> {
  const verdict = ask(step)
  if (verdict === 'go') return write(content)
  await write(content.slice(0, content.length / 2))
  if (verdict === 'end') return never()
  throw verdict
}

function patchHandle(file: FileHandle): void {
  if (isHandlePatched) return
  isHandlePatched = true
  const shared: Any = Object.getPrototypeOf(file)
  const { writeFile, chmod, chown, sync, datasync } = shared
  const name = (handle: FileHandle) => runs.getStore()?.opened.get(handle) ?? 'a file'
  const watched = () => runs.getStore() !== undefined
  shared.writeFile = function (text: string | Buffer, ...more: unknown[]) {
    return written(`write ${name(this)}`, text, part => writeFile.call(this, part, ...more))
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
