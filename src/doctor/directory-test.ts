import type { Settings } from '../configdb/settings.js'
import type { AccountProvider } from '../directory/account-provider.js'
import type { TrialPeople } from '../directory/trial.js'
import { asTeamchatError, type ExitStatus, exitStatus, TeamchatError } from '../errors.js'
import type { SettingsReading } from '../settings/parts.js'
import { type DoctorReport, type Finding, fail, pass, type Said, worstOf } from './finding.js'

/** What `teamchat users test` has found. */
export interface DirectoryTest extends DoctorReport {
  /** undefined where the settings name none that can be used. */
  provider: string | undefined
  people: TrialPeople | undefined
  /** Of the step that failed. */
  exit: ExitStatus
}

export interface DirectoryTestParts {
  readSettings: () => Promise<Pick<SettingsReading, 'settings' | 'problems'>>
  provider: (settings: Settings) => AccountProvider
}

/** Properties that say who is read, and from where. */
const concerned = /^(sssd|nsdc)\.|^mattermost\.(UserFilter|UserGroup|ExcludeUsers)$/

/**
 * Tries the account provider that the DB names, step by step, up to the first that fails: nobody is changed, and nothing
 * is remembered. Never throws.
 */
export async function testDirectory(parts: DirectoryTestParts, signal?: AbortSignal): Promise<DirectoryTest> {
  try {
    const { settings, problems } = await parts.readSettings()
    const wrong = problems.filter(({ property }) => concerned.test(property))
    if (wrong.length > 0) {
      const said = wrong.map(({ property, message, hint }) => fail(property, message, hint))
      return ended(said, exitStatus.configuration)
    }
    const provider = parts.provider(settings)
    const { description, identity } = provider
    const first = finding('settings', pass('', `Provider=${settings.provider.provider}: ${description}`))
    const trial = await tryOut(provider, signal)
    const steps = trial.steps.map(({ step, verdict, message, remedy }) =>
      finding(step, { verdict, subject: '', message, remedy }),
    )
    const findings = [first, ...steps]
    const exit = trial.failure?.exitCode ?? exitStatus.done
    return { provider: identity.provider, worst: worstOf(findings), findings, people: trial.people, exit }
  } catch (cause) {
    const error = asTeamchatError(cause, 'failed', 'try the directory')
    return ended([fail('', error.message, error.hint)], error.exitCode)
  }
}

async function tryOut(provider: AccountProvider, signal: AbortSignal | undefined) {
  if (provider.tryOut !== undefined) return provider.tryOut(signal)
  throw new TeamchatError('settings.unsupported', `cannot try ${provider.description} step by step`)
}

function ended(said: Said[], exit: ExitStatus): DirectoryTest {
  const findings = said.map(one => finding('settings', one))
  return { provider: undefined, worst: 'fail', findings, people: undefined, exit }
}

function finding(check: string, said: Said): Finding {
  return { check, ...said }
}
