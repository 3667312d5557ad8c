import { openApi } from '../api/server.js'
import { asTeamchatError } from '../errors.js'
import type { Notifier } from '../system/notify.js'
import { watchFile } from '../system/watch.js'
import type { App } from './app.js'
import { FollowCounter, followFile } from './follow.js'
import { appOperations } from './operations.js'
import { Releasers } from './releasers.js'
import { Schedule } from './schedule.js'
import { Work } from './work.js'

/** Until the DB has been read once. */
const DEFAULT_TIMING = { debounceMs: 100, maxWaitMs: 1000 }

/** A started app. */
export interface RunningDaemon {
  stop(): Promise<void>
}

/** What a start may fail at; tests put something in the place of the real ones. */
export interface StartedParts {
  openApi: typeof openApi
  watchFile: typeof watchFile
}

/**
 * Starts every part in order: spool, API, watches, clock; says READY; then queues the work that a start finds. Throws what
 * a part throws, and has closed the parts before it by then.
 */
export async function startDaemon(
  app: App,
  notifier: Notifier,
  by: StartedParts = { openApi, watchFile },
): Promise<RunningDaemon> {
  const { log } = app
  const opened = new Releasers(message => log.warn({}, message))
  try {
    await startParts(app, notifier, by, opened)
  } catch (error) {
    await opened.releaseAll()
    throw error
  }
  return { stop: () => opened.releaseAll() }
}

async function startParts(app: App, notifier: Notifier, by: StartedParts, opened: Releasers): Promise<void> {
  const { paths, log, queues, source, spool, stopping } = app
  opened.add('the queues', () => Promise.all(Object.values(queues).map(queue => queue.stop())))
  await spool.open()
  await spool.prune()
  const work = new Work({ ...app, signal: stopping.signal, log: log.child({ room: 'daemon' }) })
  opened.add('the timers', () => work.stop())
  const daemon = { startedAt: new Date(), lookAtSpool: () => work.lookAtSpool() }
  const parts = { operations: appOperations(app, daemon), log }
  const api = await by.openApi(parts, paths.apiSocket, paths.root)
  opened.add('the API', () => api.close())
  const watchFailed = (error: unknown) => log.warn({}, asTeamchatError(error, 'failed', 'watch').message)
  const file = followFile(app, () => work.fullRead('file-changed'), watchFailed)
  opened.add("the watch on the directory's file", () => file.close())
  const counter = new FollowCounter({
    settings: () => source.current(),
    provider: app.provider,
    followed: app.people.followed,
    found: step => work.directoryMoved(step),
    signal: stopping.signal,
  })
  opened.add("the directory's counter", () => counter.stop())
  const timing = { ...DEFAULT_TIMING }
  // A DB that cannot be read is told by the settings service, which reads it next.
  const readTiming = () =>
    source.read().then(
      ({ settings }) => Object.assign(timing, settings.teamchatd),
      () => timing,
    )
  await readTiming()
  const dbWatch = by.watchFile(paths.configurationDb, {
    debounceMs: () => timing.debounceMs,
    maxWaitMs: () => timing.maxWaitMs,
    onChange: () => {
      work.settingsChanged('db-changed')
      work.afterSettings(() => {
        work.fullRead('settings-changed')
        file.follow()
        void readTiming()
      })
    },
    onError: watchFailed,
  })
  opened.add('the watch on the DB', () => dbWatch.close())
  const schedule = new Schedule({
    fullRead: cause => work.fullRead(cause),
    lookAtSpool: () => work.lookAtSpool(),
    upkeep: () => work.upkeep(),
  })
  opened.add('the clock', () => schedule.stop())
  schedule.start()
  await dbWatch.ready
  opened.add(
    'the watchdog',
    notifier.watchdog(() => true),
  )
  log.info({ pid: process.pid, db: paths.configurationDb }, 'ready')
  notifier.ready()
  // First of all at the end: requests and reads that are under way give up.
  opened.add('what is under way', () => stopping.abort())
  work.begin()
  file.follow()
  counter.start()
}
