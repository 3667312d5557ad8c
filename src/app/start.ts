import { asTeamchatError } from '../errors.js'
import { openApi } from '../http/server.js'
import type { Notifier } from '../system/notify.js'
import { watchFile } from '../system/watch.js'
import type { HouseParts } from './app.js'
import { FollowCounter } from './follow-counter.js'
import { followFile } from './follow-file.js'
import { houseImport, houseOperations } from './operations.js'
import { Schedule } from './schedule.js'
import { Work } from './work.js'

/** Until the DB has been read once. */
const DEFAULT_TIMING = { quietMs: 100, maxWaitMs: 1000 }

/** A started house. */
export interface RunningDaemon {
  stop(): Promise<void>
}

/** Starts every part in order: spool, API, watches, clock; says READY; then puts what a start finds into the queue. */
export async function startDaemon(house: HouseParts, notifier: Notifier): Promise<RunningDaemon> {
  const { paths, log, loops, source, spool, stopping } = house
  await spool.open()
  await spool.prune()
  const work = new Work({ ...house, signal: stopping.signal, log: log.child({ room: 'daemon' }) })
  const api = await openApi(
    {
      operations: houseOperations(house, new Date()),
      importUsers: houseImport(house),
      lookAtSpool: () => work.lookAtSpool(),
      log,
    },
    paths.apiSocket,
    paths.root,
  )
  const watchFailed = (error: unknown) => log.warn({}, asTeamchatError(error, 'failed', 'watch').message)
  const file = followFile(house, () => work.fullRead('file-changed'), watchFailed)
  const counter = new FollowCounter({
    settings: () => source.current(),
    provider: house.provider,
    followed: house.people.followed,
    found: step => work.directoryMoved(step),
    signal: stopping.signal,
  })
  const timing = { ...DEFAULT_TIMING }
  // A DB that cannot be read is told by the settings story, which reads it next.
  const readTiming = () =>
    source.read().then(
      ({ settings }) => Object.assign(timing, settings.teamchatd),
      () => timing,
    )
  await readTiming()
  const dbWatch = watchFile(paths.configurationDb, {
    quietMs: () => timing.quietMs,
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
  const schedule = new Schedule({
    fullRead: cause => work.fullRead(cause),
    lookAtSpool: () => work.lookAtSpool(),
    upkeep: () => work.upkeep(),
  })
  schedule.start()
  await dbWatch.ready
  const stopWatchdog = notifier.watchdog(() => true)
  log.info({ pid: process.pid, db: paths.configurationDb }, 'ready')
  notifier.ready()
  work.begin()
  file.follow()
  counter.start()
  return {
    stop: async () => {
      stopping.abort()
      schedule.stop()
      work.stop()
      stopWatchdog()
      await Promise.all([dbWatch.close(), file.close(), counter.stop(), api.close()])
      await Promise.all(Object.values(loops).map(loop => loop.stop()))
    },
  }
}
