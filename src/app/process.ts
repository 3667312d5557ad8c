import type { OwnApp } from '../cli/context.js'
import { testDirectory } from '../doctor/directory-test.js'
import { examine } from '../doctor/examine.js'
import { type ExitStatus, exitStatus, reasonOf } from '../errors.js'
import type { Paths } from '../paths.js'
import { createLogger, type Logger, logFormatOf } from '../system/log.js'
import { createNotifier } from '../system/notify.js'
import { createApp } from './app.js'
import { takeServiceLock } from './lock.js'
import { appOperations } from './operations.js'
import { Releasers } from './releasers.js'
import { startDaemon } from './start.js'

/** systemd waits 15 s; whatever has not ended by then is in a request whose answer is settled at the next start. */
const STOP_WITHIN_MS = 4_500

/** The app in a command's own process; `locked` takes the lock of whoever runs the services. */
export async function openApp(paths: Paths, options: { locked: boolean }, version: string): Promise<OwnApp> {
  const lock = options.locked ? await takeServiceLock(paths, false) : undefined
  // Somebody may read it from a file, or from cron's mail.
  const format = process.stderr.isTTY ? 'terminal' : 'plain'
  const log = createLogger({ format, level: 'warn', output: process.stderr })
  const app = createApp({ paths, env: process.env, log, version })
  return {
    operations: appOperations(app),
    doctor: () => examine(app.doctor),
    testDirectory: () => testDirectory({ readSettings: () => app.source.read(), provider: app.provider }),
    close: async () => {
      app.stopping.abort()
      await Promise.all(Object.values(app.queues).map(queue => queue.stop()))
      await lock?.release()
    },
  }
}

/**
 * The daemon: lock, spool, API, READY, then what has changed since it last ran, then whatever comes. Ends with exit
 * status 0 at SIGTERM or SIGINT. Throws `running` where another one lives, `notAllowed`, and what opening throws.
 */
export async function runDaemon(paths: Paths, version: string): Promise<ExitStatus> {
  const log = createLogger({
    format: logFormatOf(process.env, process.stdout.isTTY),
    level: process.env.TEAMCHAT_LOG_LEVEL ?? 'info',
  })
  const opened = new Releasers(message => log.warn({}, message))
  const lock = await takeServiceLock(paths, true)
  opened.add('the lock', () => lock.release())
  try {
    const app = createApp({ paths, env: process.env, log, version })
    const stopped = stopSignal(log)
    surviveFaults(log)
    const notifier = await createNotifier(process.env, reason =>
      log.warn({ hint: 'install libsystemd' }, reason),
    )
    const daemon = await startDaemon(app, notifier)
    opened.add('the daemon', () => withinTime(daemon.stop(), log))
    const signal = await stopped
    log.info({ signal }, 'stopping')
    notifier.stopping()
  } finally {
    await opened.releaseAll()
  }
  return exitStatus.done
}

function stopSignal(log: Logger): Promise<string> {
  return new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal))
    // A closed terminal or a reload request ends nobody.
    process.on('SIGHUP', () => log.info({}, 'SIGHUP: nothing to reload, the DB is watched'))
  })
}

/** What nobody has caught is a fault of ours: told, and survived where the state of the process allows it. */
function surviveFaults(log: Logger): void {
  const hint = 'this is a fault of teamchatd: please report it'
  process.on('unhandledRejection', reason =>
    log.error({ hint, stack: (reason as Error)?.stack }, reasonOf(reason)),
  )
  process.on('uncaughtException', error => {
    log.fatal({ hint, stack: error.stack }, reasonOf(error))
    process.exit(exitStatus.failed)
  })
}

async function withinTime(work: Promise<void>, log: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(() => resolve('late'), STOP_WITHIN_MS)
  })
  if ((await Promise.race([work, late])) === 'late') {
    log.warn({ hint: 'it is settled at the next start' }, 'a request is still under way; leaving it')
    process.exit(exitStatus.done)
  }
  clearTimeout(timer)
}
