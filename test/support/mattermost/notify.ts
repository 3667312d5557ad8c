/** Tells systemd that the service is ready; without NOTIFY_SOCKET nothing is loaded and nothing happens. */
export async function notifyReady(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!environment.NOTIFY_SOCKET) return
  const { default: koffi } = await import('koffi')
  const notify = koffi.load('libsystemd.so.0').func('int sd_notify(int unset_environment, const char *state)')
  const result = Number(notify(0, 'READY=1'))
  if (result <= 0)
    process.stderr.write(`stand-in for Mattermost: cannot tell systemd: sd_notify says ${result}\n`)
}
