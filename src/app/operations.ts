import type { EventReport, Status } from '../api/contract/service.js'
import type { SettingsPlan } from '../api/contract/settings.js'
import type { Operations } from '../api/contract.js'
import { TeamchatError } from '../errors.js'
import { pauseText, RESUME_HINT } from '../events/pause.js'
import { queuedReport, UNREADABLE_HINT, type UnreadableEvent } from '../events/spool.js'
import type { App } from './app.js'

/** What a daemon knows besides the app; a command in its own process has none. */
export interface DaemonPart {
  startedAt: Date
  /** Queues a look at the spool. */
  lookAtSpool: () => void
}

/** The operations of the app. Each that changes something goes through one of its queues; the others answer at once. */
export function appOperations(app: App, daemon?: DaemonPart): Operations {
  const { settings, pause, stopping, queues } = app
  // Only a daemon runs events that wait.
  const wake = () => {
    if (daemon !== undefined) app.events.wake()
  }
  return {
    status: () => readStatus(app, daemon?.startedAt),
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
    importUsers: ({ password }, onLine, gone = stopping.signal) =>
      queues.people.run('import users', async () => {
        await pause.refuse('import users')
        const signal = AbortSignal.any([gone, stopping.signal])
        const report = await app.people.importAll({ password, onLine, signal })
        // Events may have waited for the first account.
        wake()
        return report
      }),
    credentials: async whose => ({ credentials: await app.people.credentials.credentials(whose) }),
    forgetCredentials: async ({ ids }) => {
      await app.people.credentials.forget(ids)
      return {}
    },
    inviteUser: ({ login }) =>
      queues.people.run('invite', async () => {
        await pause.refuse('invite anybody')
        return app.people.credentials.invite(login)
      }),
    userReport: ({ login }) => app.people.credentials.report(login),
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
    eventReport: ({ id, wait }) => reportOf(app, id, wait),
    lookAtSpool: async () => {
      daemon?.lookAtSpool()
      return {}
    },
    health: async () => ({ ok: true, pid: process.pid, version: app.version }),
    history: () => settings.history(),
    diff: ({ from, to }) => settings.diff({ from, to }),
    planRollback: ({ to }) => settings.planRollback(to),
    rollback: ({ to }) =>
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
    resume: async () => {
      const ended = await pause.clear()
      daemon?.lookAtSpool()
      return { pause: ended }
    },
  }
}

async function planWithPause({ settings, pause }: App): Promise<SettingsPlan> {
  const plan = await settings.plan()
  const paused = await pause.read()
  return paused === undefined
    ? plan
    : { ...plan, notes: [`${pauseText(paused)}: ${RESUME_HINT}`, ...plan.notes] }
}

/** While everything stands still nobody waits for an outcome: it would not come. Throws `event.unknown`. */
async function reportOf({ events, pause }: App, id: string, waitMs: number): Promise<EventReport> {
  const paused = await pause.read()
  const report = await events.wait(id, paused === undefined ? waitMs : 0)
  if (report === undefined) {
    throw new TeamchatError('event.unknown', `cannot find the event ${id}`, {
      hint: 'events are kept for a week after they are finished',
    })
  }
  if (paused === undefined || report.finishedAt !== undefined) return report
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
