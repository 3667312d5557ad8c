import { loadSdNotify } from './libc.js'

/** What the service manager is told; every call is cheap and silent where there is none. */
export interface Notifier {
  /** Start-up is over (READY=1). */
  ready(): void
  /** One line for `systemctl status`. */
  status(text: string): void
  stopping(): void
  /** Pings the watchdog at half its interval for as long as `alive` says so; returns what ends that. */
  watchdog(alive: () => boolean): () => void
}

const SILENT: Notifier = {
  ready: () => undefined,
  status: () => undefined,
  stopping: () => undefined,
  watchdog: () => () => undefined,
}

/**
 * sd_notify(3) through libsystemd: Node has no datagram Unix sockets, and `systemd-notify` as a child would
 * need NotifyAccess=all. Without NOTIFY_SOCKET nothing is loaded. Where libsystemd is missing, `warn` is called once.
 */
export async function createNotifier(
  env: NodeJS.ProcessEnv,
  warn: (reason: string) => void,
): Promise<Notifier> {
  if (env.NOTIFY_SOCKET === undefined) return SILENT
  let notify: (unsetEnvironment: number, state: string) => number
  try {
    notify = await loadSdNotify()
  } catch (error) {
    warn(
      `cannot tell systemd that the daemon is ready: ${error instanceof Error ? error.message : String(error)}`,
    )
    return SILENT
  }
  const send = (state: string) => {
    notify(0, state)
  }
  return {
    ready: () => send('READY=1'),
    status: text => send(`STATUS=${text.replaceAll('\n', ' ')}`),
    stopping: () => send('STOPPING=1'),
    watchdog: alive => {
      const interval = watchdogInterval(env, process.pid)
      if (interval === undefined) return () => undefined
      const timer = setInterval(() => {
        if (alive()) send('WATCHDOG=1')
      }, interval)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}

/** Milliseconds between two pings: half of WATCHDOG_USEC, as sd_watchdog_enabled(3) advises; undefined where none is due. */
export function watchdogInterval(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  if (env.WATCHDOG_PID !== undefined && Number(env.WATCHDOG_PID) !== pid) return undefined
  const micros = Number(env.WATCHDOG_USEC)
  return Number.isFinite(micros) && micros > 0 ? micros / 2000 : undefined
}
