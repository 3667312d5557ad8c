import { pauseText, RESUME_HINT } from '../events/pause.js'
import { queuedReport, UNREADABLE_HINT, type UnreadableEvent } from '../events/spool.js'
import type { EventReport } from '../events/types.js'
import type { ImportLine, SyncReport } from '../people/types.js'
import type { Operations, SettingsPlan, Status } from '../stories/operations.js'
import type { App } from './app.js'

export type ImportUsers = (
  options: { password: string | undefined; signal: AbortSignal },
  onLine: (line: ImportLine) => Promise<void>,
) => Promise<SyncReport>

/**
 * The operations of the app. Each that changes something goes through one of its queues; the others answer at once.
 * `startedAt`: set in the daemon, undefined in a command's own process.
 */
export function appOperations(app: App, startedAt: Date | undefined): Operations {
  const { settings, pause, stopping, queues } = app
  const importUsers = appImport(app, startedAt)
  const wake = waker(app, startedAt)
  return {
    status: () => readStatus(app, startedAt),
    plan: () => planWithPause(app),
    apply: ({ force }) =>
      queues.settings.run('apply', async () => {
        if (!force) {
          await pause.refuse(
            'apply the settings',
            `${RESUME_HINT}; teamchat apply --force does it all the same`,
          )
        }
        const outcome = await settings.run({ cause: 'apply', force })
        wake()
        return outcome
      }),
    retire: options => {
      if (options.dryRun) return settings.retire(options)
      return queues.settings.run('retire', async () => {
        await pause.refuse('give this Mattermost back')
        return settings.retire(options)
      })
    },
    adopt: options => {
      if (options.dryRun) return settings.adopt(options)
      return queues.settings.run('adopt', async () => {
        await pause.refuse('adopt this Mattermost')
        return settings.adopt(options)
      })
    },
    syncUsers: ({ confirm }) => {
      const work = () => app.people.syncUsers({ confirm }, stopping.signal)
      if (!confirm) return work()
      return queues.people.run('users sync', async () => {
        await pause.refuse('sync users')
        return work()
      })
    },
    planUsers: () => app.people.planAll(stopping.signal),
    importUsers: ({ password }, onLine) => importUsers({ password, signal: stopping.signal }, onLine),
    credentials: whose => app.people.credentials.credentials(whose),
    forgetCredentials: ids => app.people.credentials.forget(ids),
    inviteUser: login =>
      queues.people.run('invite', async () => {
        await pause.refuse('invite anybody')
        return app.people.credentials.invite(login)
      }),
    userReport: login => app.people.credentials.report(login),
    listUsers: () => app.people.links.list(),
    changeLink: request => {
      if (request.dryRun) return app.people.links.change(request)
      return queues.people.run(request.action, async () => {
        await pause.refuse('change who is linked')
        const outcome = await app.people.links.change(request)
        wake()
        return outcome
      })
    },
    acceptHost: () =>
      queues.people.run('accept host', async () => {
        await pause.refuse('accept this host')
        const outcome = await app.people.links.acceptHost()
        wake()
        return outcome
      }),
    relinkUsers: request => {
      if (!request.confirm) return app.people.links.relink(request, stopping.signal)
      return queues.people.run('relink', async () => {
        await pause.refuse('change who is linked')
        const outcome = await app.people.links.relink(request, stopping.signal)
        wake()
        return outcome
      })
    },
    eventReport: (id, waitMs) => reportOf(app, id, waitMs),
    history: () => settings.history(),
    diff: options => settings.diff(options),
    planRollback: to => settings.planRollback(to),
    rollback: to =>
      queues.settings.run('rollback', async () => {
        await pause.refuse('roll back')
        return settings.run({ cause: 'rollback', to })
      }),
    releaseRollback: () =>
      queues.settings.run('release', async () => {
        await pause.refuse('release the rollback')
        return settings.run({ cause: 'release' })
      }),
    pause: async ({ reason, forMs }) => {
      const paused = await pause.set(reason, forMs)
      // Whatever waits in a queue looks at the pause when its turn comes; what is under way is waited for.
      await queues.people.run('pause', () => queues.settings.run('pause', async () => undefined))
      return paused
    },
    resume: () => pause.clear(),
  }
}

/** The bulk import of an app; ends when its caller has gone or the app closes. */
export function appImport(app: App, startedAt: Date | undefined): ImportUsers {
  const { queues, pause, stopping } = app
  const wake = waker(app, startedAt)
  return ({ password, signal }, onLine) =>
    queues.people.run('import users', async () => {
      await pause.refuse('import users')
      const either = AbortSignal.any([signal, stopping.signal])
      const report = await app.people.importAll({ password, onLine, signal: either })
      // Events may have waited for the first account.
      wake()
      return report
    })
}

/** Has waiting events looked at again; only a daemon runs them. */
function waker(app: App, startedAt: Date | undefined): () => void {
  return () => {
    if (startedAt !== undefined) app.events.wake()
  }
}

async function planWithPause({ settings, pause }: App): Promise<SettingsPlan> {
  const plan = await settings.plan()
  const paused = await pause.read()
  return paused === undefined
    ? plan
    : { ...plan, notes: [`${pauseText(paused)}: ${RESUME_HINT}`, ...plan.notes] }
}

/** While everything stands still nobody waits for an outcome: it would not come. */
async function reportOf(
  { events, pause }: App,
  id: string,
  waitMs: number,
): Promise<EventReport | undefined> {
  const paused = await pause.read()
  if (paused === undefined) return events.wait(id, waitMs)
  const report = await events.wait(id, 0)
  if (report === undefined || report.finishedAt !== undefined) return report
  return { ...report, state: 'queued', message: `queued: ${pauseText(paused)}`, hint: RESUME_HINT }
}

async function readStatus(app: App, startedAt: Date | undefined): Promise<Status> {
  const { settings, people, events, spool, paths, source } = app
  const [about, peopleStatus, revision, queued, pause] = await Promise.all([
    settings.status(),
    people.status(),
    source.read().then(
      reading => (reading.exists ? reading.settings.revision : undefined),
      () => undefined,
    ),
    spool.queued(),
    app.pause.read(),
  ])
  const known = new Map(events.reports().map(report => [report.id, report]))
  const running = startedAt !== undefined
  return {
    daemon: {
      running,
      pid: running ? process.pid : undefined,
      version: app.version,
      startedAt: startedAt?.toISOString(),
    },
    ...about,
    db: { path: paths.configurationDb, revision },
    pause,
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
