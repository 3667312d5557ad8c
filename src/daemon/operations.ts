import { queuedReport, UNREADABLE_HINT, type UnreadableEvent } from '../events/spool.js'
import type { EventReport } from '../events/types.js'
import type { Operations, Status } from '../stories/operations.js'
import type { ImportLine, SyncReport } from '../sync/types.js'
import type { HouseParts } from './house.js'

/** Puts work into the queue of the house; results come back to whoever asked. */
type Queue = <T>(name: string, work: () => Promise<T>) => Promise<T>

export type ImportUsers = (
  options: { password: string | undefined; signal: AbortSignal },
  onLine: (line: ImportLine) => Promise<void>,
) => Promise<SyncReport>

/**
 * The operations of a house. What writes goes through its one queue; what reads answers at once.
 * `startedAt`: set in the daemon, undefined in a command's own process.
 */
export function houseOperations(house: HouseParts, startedAt: Date | undefined): Operations {
  const queue: Queue = (name, work) => house.loop.put(name, work)
  const { settings, people, events, stopping } = house
  const importUsers = houseImport(house)
  return {
    status: () => readStatus(house, startedAt),
    plan: () => settings.plan(),
    apply: ({ force }) =>
      queue('apply', async () => {
        const outcome = await settings.run({ cause: 'apply', force })
        events.hurry()
        return outcome
      }),
    adopt: options =>
      options.dryRun ? settings.adopt(options) : queue('adopt', () => settings.adopt(options)),
    syncUsers: ({ confirm }) => {
      const work = () => people.syncUsers({ confirm }, stopping.signal)
      return confirm ? queue('users sync', work) : work()
    },
    importUsers: ({ password }, onLine) => importUsers({ password, signal: stopping.signal }, onLine),
    credentials: login => people.credentials(login),
    forgetCredentials: ids => people.forgetCredentials(ids),
    eventReport: (id, waitMs) => events.wait(id, waitMs),
  }
}

/** The bulk import of a house; ends when its caller has gone or the house closes. */
export function houseImport(house: HouseParts): ImportUsers {
  const { loop, people, events, stopping } = house
  return ({ password, signal }, onLine) =>
    loop.put('import users', async () => {
      const either = AbortSignal.any([signal, stopping.signal])
      const report = await people.importAll({ password, onLine, signal: either })
      // Events may have waited for the first account.
      events.hurry()
      return report
    })
}

async function readStatus(house: HouseParts, startedAt: Date | undefined): Promise<Status> {
  const { settings, people, events, spool, paths, source } = house
  const [about, peopleStatus, revision, queued] = await Promise.all([
    settings.status(),
    people.status(),
    source.read().then(
      reading => (reading.exists ? reading.settings.revision : undefined),
      () => undefined,
    ),
    spool.queued(),
  ])
  const known = new Map(events.reports().map(report => [report.id, report]))
  const running = startedAt !== undefined
  return {
    daemon: {
      running,
      pid: running ? process.pid : undefined,
      version: house.version,
      startedAt: startedAt?.toISOString(),
    },
    ...about,
    db: { path: paths.configurationDb, revision },
    people: peopleStatus,
    events: [
      ...queued.events.map(event => known.get(event.id) ?? queuedReport(event)),
      ...queued.unreadable.map(unreadableReport),
    ],
  }
}

/** A file in the spool that is no event stays there until somebody has looked at it. */
function unreadableReport({ name, reason }: UnreadableEvent): EventReport {
  const event = { id: name, name: 'unreadable', args: [], firedAt: '' }
  return { ...event, state: 'failed', message: reason, hint: UNREADABLE_HINT, finishedAt: undefined }
}
