import type { AccountProvider } from '../directory/account-provider.js'
import type { CounterReading } from '../directory/change-mark.js'
import { isConfirmed } from '../people/status.js'
import type { Check } from './check.js'
import { pass, type Said, warn } from './finding.js'

/** Seconds, as the settings have them. */
interface Pace {
  pollInterval: number
  syncInterval: number
}

/** How the whole directory is followed: whether that is confirmed, and by what a change is noticed. */
export const followingCheck: Check = {
  name: 'following',
  unless: ({ settings }) => {
    if (settings.provider.provider === 'none') return 'the record sssd names no account provider'
    return settings.mattermost.userSync === 'full' ? undefined : 'UserSync is not full'
  },
  look: async ({ settings, provider, people }, signal) => {
    const directory = provider(settings)
    const said = judgeConfirmed(isConfirmed(directory, await people.confirmed()), directory.description)
    if (directory.changes === undefined) return [...said, judgeUncounted(directory, settings.mattermost)]
    const line = await directory.changes.openCounter(undefined, signal)
    try {
      const reading = await line.read()
      return [...said, judgeCounter(reading, line.url, directory.changes.remedy, settings.mattermost)]
    } finally {
      await line.close()
    }
  },
}

export function judgeConfirmed(confirmed: boolean, place: string): Said[] {
  if (confirmed) return []
  return [
    warn(
      place,
      'UserSync is full, and nobody has confirmed that this directory is followed: nothing is done',
      'teamchat users sync --confirm',
    ),
  ]
}

export function judgeCounter(reading: CounterReading, place: string, remedy: string, pace: Pace): Said {
  if (reading.kind === 'none') {
    const slow = `everybody is read every ${pace.syncInterval} s in place of that (SyncInterval)`
    return warn(place, `no change counter: ${reading.reason}; ${slow}`, remedy)
  }
  const counter = reading.kind === 'csn' ? 'contextCSN' : 'highestCommittedUSN'
  const often = `asked every ${pace.pollInterval} s (PollInterval)`
  const gone = `who is gone is looked for at most every ${pace.syncInterval} s (SyncInterval)`
  return pass(place, `${counter} counts its changes: ${often}; ${gone}`)
}

export function judgeUncounted({ watchedFile }: Pick<AccountProvider, 'watchedFile'>, pace: Pace): Said {
  const often = `every ${pace.syncInterval} s (SyncInterval)`
  if (watchedFile === undefined) return pass('', `everybody is read ${often}`)
  return pass(watchedFile, `read as soon as it changes, and ${often}`)
}
