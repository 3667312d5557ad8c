import { readFileSync } from 'node:fs'

/** What the process was told on its standard input. */
export interface Wish {
  uri: string
  userDn: string
  bindDn: string
  bindPassword: string
  people: number
}

export interface Measured {
  /** All of the work. */
  ms: number
  readMs: number
  /** RSS. */
  beforeMb: number
  /** The most, until the reading was over and at all. */
  readMb: number
  mostMb: number
  /** Live, after a full collection. */
  heapMb: number
}

/** Does `work` once and prints what it cost; `work` calls its argument when the reading is over. */
export async function measure(work: (setting: Wish, isRead: () => void) => Promise<unknown>): Promise<void> {
  const setting = JSON.parse(readFileSync(0, 'utf8')) as Wish
  const beforeMb = process.resourceUsage().maxRSS / 1024
  const begin = performance.now()
  let readMs = 0
  let readMb = 0
  const kept = await work(setting, () => {
    readMs = performance.now() - begin
    readMb = process.resourceUsage().maxRSS / 1024
  })
  const ms = performance.now() - begin
  const mostMb = process.resourceUsage().maxRSS / 1024
  ;(globalThis as { gc?: () => void }).gc?.()
  const heapMb = process.memoryUsage().heapUsed / 1024 / 1024
  const measured: Measured = { ms, readMs, beforeMb, readMb, mostMb, heapMb }
  process.stdout.write(`${JSON.stringify(measured)}\n`)
  if (kept === undefined) throw new Error('nothing was kept until the end')
}
