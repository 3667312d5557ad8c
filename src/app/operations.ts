import type { EventReport, Status } from '../api/contract/service.js'
import type { SettingsPlan } from '../api/contract/settings.js'
import type { Operations } from '../api/contract.js'
import { TeamchatError } from '../errors.js'
import { pauseText, RESUME_HINT } from '../events/pause.js'
import { queuedReport, UNREADABLE_HINT, type UnreadableEvent } from '../events/spool.js'
import type { SerialQueue } from '../system/concurrency/serial-queue.js'
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
  /** Runs the work when its turn comes, unless teamchatd is paused by then: it cannot do `what` then. */
  const inTurn = <T>(queue: SerialQueue, name: string, what: string, work: () => Promise<T>): Promise<T> =>
    queue.run(name, async () => {
      await pause.refuse(what)
      return work()
    })
  /** What the work has changed may be what events waited for. Only a daemon runs them. */
  const thenWake = async <T>(work: Promise<T>): Promise<T> => {
    const outcome = await work
    if (daemon !== undefined) app.events.wake()
    return outcome
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
        return thenWake(settings.run({ cause: 'apply', force }))
      }),
    retire: options => {
      const work = () => settings.retire(options)
      return options.dryRun ? work() : inTurn(queues.settings, 'retire', 'give this Mattermost back', work)
    },
    adopt: options => {
      const work = () => settings.adopt(options)
      return options.dryRun ? work() : inTurn(queues.settings, 'adopt', 'adopt this Mattermost', work)
    },
    syncUsers: ({ confirm }) => {
      const work = () => app.people.syncUsers({ confirm }, stopping.signal)
      return confirm ? inTurn(queues.people, 'users sync', 'sync users', work) : work()
    },
    planUsers: () => app.people.planAll(stopping.signal),
    importUsers: ({ password }, onLine, gone = stopping.signal) =>
      inTurn(queues.people, 'import users', 'import users', () => {
        const signal = AbortSignal.any([gone, stopping.signal])
        // Events may have waited for the first account.
        return thenWake(app.people.importAll({ password, onLine, signal }))
      }),
    credentials: async whose => ({ credentials: await app.people.credentials.credentials(whose) }),
    forgetCredentials: async ({ ids }) => {
      await app.people.credentials.forget(ids)
      return {}
    },
    inviteUser: ({ login }) =>
      inTurn(queues.people, 'invite', 'invite anybody', () => app.people.credentials.invite(login)),
    userReport: ({ login }) => app.people.credentials.report(login),
    listUsers: () => app.people.links.list(),
    changeLink: request => {
      const work = () => app.people.links.change(request)
      if (request.dryRun) return work()
      return inTurn(queues.people, request.action, 'change who is linked', () => thenWake(work()))
    },
    acceptHost: () =>
      inTurn(queues.people, 'accept host', 'accept this host', () => thenWake(app.people.links.acceptHost())),
    relinkUsers: request => {
      const work = () => app.people.links.relink(request, stopping.signal)
      if (!request.confirm) return work()
      return inTurn(queues.people, 'relink', 'change who is linked', () => thenWake(work()))
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
      inTurn(queues.settings, 'rollback', 'roll back', () => settings.run({ cause: 'rollback', to })),
    releaseRollback: () =>
      inTurn(queues.settings, 'release', 'release the rollback', () => settings.run({ cause: 'release' })),
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
