import type { Paths } from '../../paths.js'
import type { Management } from '../operations.js'
import type { SettingsReading } from '../settings-parts.js'
import type { Check } from './check.js'
import { fail, pass, type Said, warn } from './finding.js'

/** The configuration DB can be used, and says whether this Mattermost is ours. */
export const settingsCheck: Check = {
  name: 'settings',
  look: async ({ reading, managed, paths }) => judgeSettings(reading, managed, paths),
}

export function judgeSettings(
  { problems, mattermostRecord }: Pick<SettingsReading, 'problems' | 'mattermostRecord'>,
  management: Management,
  { configurationDb: db }: Pick<Paths, 'configurationDb'>,
): Said[] {
  if (problems.length > 0) return problems.map(problem => fail(db, problem.message, problem.hint))
  switch (management.state) {
    case 'managed':
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
