import type { Management } from '../api/contract/settings.js'
import type { Paths } from '../paths.js'
import type { SettingsReading } from '../settings/parts.js'
import type { Check } from './check.js'
import { fail, pass, type Said, warn } from './finding.js'
import type { Progress } from './view.js'

/** The configuration DB can be used, says whether this Mattermost is ours, and what it says can be applied. */
export const settingsCheck: Check = {
  name: 'settings',
  look: async ({ reading, managed, progress, paths }) => {
    const isManaged = managed.state === 'managed' && reading.problems.length === 0
    return judgeSettings(reading, managed, isManaged ? await progress() : undefined, paths)
  },
}

export function judgeSettings(
  { problems, mattermostRecord }: Pick<SettingsReading, 'problems' | 'mattermostRecord'>,
  management: Management,
  progress: Progress | undefined,
  { configurationDb: db }: Pick<Paths, 'configurationDb'>,
): Said[] {
  if (problems.length > 0) return problems.map(problem => fail(db, problem.message, problem.hint))
  switch (management.state) {
    case 'managed':
      if (progress?.lastError !== undefined) {
        return [fail(db, `it is not applied: ${progress.lastError.message}`, progress.lastError.hint)]
      }
      if (progress !== undefined && progress.owed.length > 0) {
        return [warn(db, `still to be done: ${progress.owed.join('; ')}`, 'teamchat apply')]
      }
      return [pass(db, 'every known value can be used, and this Mattermost is managed')]
    case 'unmanaged':
      return [
        warn(
          db,
          management.reason,
          `teamchat config ${mattermostRecord ? 'setprop mattermost' : 'set mattermost service'} status enabled && teamchat plan`,
        ),
      ]
    case 'held':
      return [warn(db, management.reason, 'teamchat apply')]
    case 'not-adopted':
      return [fail(db, management.reason, 'teamchat adopt')]
    case 'refused':
      return [fail(db, management.reason, lineOf(management.hint))]
  }
}

/** The report shows it as a line to type anyway. */
function lineOf(hint: string): string {
  return hint.replace(/^type: /, '')
}
