import type { TeamchatError } from '../errors.js'
import type { Check } from './check.js'
import { fail, pass, type Said, shellWord, skip } from './finding.js'

/** Mattermost's local-mode socket: there, a socket, of an owner that is trusted, answering, local mode on. */
export const socketCheck: Check = {
  name: 'socket',
  unless: ({ settings }) =>
    settings.mattermost.status === 'disabled' ? 'the DB says status=disabled' : undefined,
  look: async ({ settings, paths, client, silence }, signal) => {
    const { status, unit, localSocket } = settings.mattermost
    const error = await silence()
    const facts = { socket: paths.below(localSocket), unit, managed: status !== undefined }
    if (error !== undefined) return judgeSilence(error, facts)
    return judgeLocalMode(await client.until(signal).localMode(), facts)
  },
}

export interface SocketFacts {
  socket: string
  /** Mattermost's unit. */
  unit: string
  /** The DB has an explicit status. */
  managed: boolean
}

/** Why the socket does not answer. */
export function judgeSilence(error: TeamchatError, { socket, unit, managed }: SocketFacts): Said[] {
  if (error.code === 'mattermost.untrusted')
    return [fail(socket, error.message, `ls -l ${shellWord(socket)} && systemctl restart ${unit}`)]
  if (error.code === 'files.unsafe') return [fail(socket, error.message, error.hint)]
  if (!managed) return [skip(`not managed, and ${error.message.replace(/^cannot reach Mattermost: /, '')}`)]
  return [fail(socket, error.message, `systemctl status ${unit}; teamchat apply`)]
}

export function judgeLocalMode(on: boolean, { socket, managed }: SocketFacts): Said[] {
  if (on) return [pass(socket, 'a socket of root or the unit’s user, Mattermost answers, local mode is on')]
  const remedy = managed
    ? 'teamchat apply'
    : 'set ServiceSettings.EnableLocalMode to true in config.json, then restart Mattermost'
  return [fail(socket, 'Mattermost answers, but its local mode is off in the running configuration', remedy)]
}
