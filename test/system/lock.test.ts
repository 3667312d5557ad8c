import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { takeLock } from '../../src/system/lock.js'

t.test('a lock excludes other processes’ flock and is free again after release', async t => {
  const file = join(t.testdir({}), 'lock')
  const lock = await takeLock(file, 0)
  if (lock === undefined) throw new Error('nobody else holds it')
  t.equal(await takeLock(file, 0), undefined, 'it is held')
  t.equal(await flockStatus(file), 1, 'the shell’s flock cannot have it')
  await lock.release()
  t.equal(await flockStatus(file), 0, 'now it can')
})

t.test('it waits for a holder that lets go', async t => {
  const file = join(t.testdir({}), 'lock')
  writeFileSync(file, '')
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; read line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  const waiting = takeLock(file, 20_000)
  holder.stdin.end('\n')
  const lock = await waiting
  t.ok(lock, 'taken')
  await lock?.release()
})

t.test('a lock file that its holder unlinked is not mistaken for the lock', async t => {
  const file = join(t.testdir({}), 'lock')
  const first = await takeLock(file, 0)
  unlinkSync(file)
  const second = await takeLock(file, 0)
  t.ok(second, 'the path is another file now')
  const stats = [await first?.handle.stat(), await second?.handle.stat()]
  t.not(stats[0]?.ino, stats[1]?.ino)
  await first?.release()
  t.equal(await takeLock(file, 0), undefined, 'the second one still holds what is at the path')
  await second?.release()
})

async function flockStatus(file: string): Promise<number> {
  const child = spawn('flock', ['--nonblock', file, 'true'])
  const [status] = await once(child, 'exit')
  return status as number
}
