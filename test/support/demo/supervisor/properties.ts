import type { Observed } from './observed.js'
import type { UnitDefinition, UnitState } from './unit.js'

/** The properties of `systemctl show` in its own order; of a unit that does not exist, as systemd has them. */
export function propertiesOf(
  name: string,
  known: { unit: UnitDefinition; state: UnitState; observed: Observed } | undefined,
): Map<string, string> {
  const { unit, state, observed } = known ?? {}
  const failed = observed?.active === 'failed'
  return new Map([
    ['Type', unit?.readyWords === undefined ? 'simple' : 'notify'],
    ['MainPID', String(observed?.mainPid ?? 0)],
    ['Result', failed ? 'exit-code' : 'success'],
    ['ExecMainStatus', failed ? '1' : '0'],
    [
      'Environment',
      Object.entries(unit?.environment ?? {})
        .map(([key, value]) => environmentWord(`${key}=${value}`))
        .join(' '),
    ],
    ['EnvironmentFiles', ''],
    ['WorkingDirectory', unit?.workingDirectory ?? ''],
    // Nobody is changed to: it runs as whoever runs the demonstration.
    ['User', ''],
    ['Group', ''],
    ['Id', name],
    ['Names', name],
    ['Description', unit?.description ?? name],
    ['LoadState', unit === undefined ? 'not-found' : 'loaded'],
    ['ActiveState', observed?.active ?? 'inactive'],
    ['SubState', observed?.sub ?? 'dead'],
    ['UnitFileState', unit === undefined ? '' : state?.enabled === true ? 'enabled' : 'disabled'],
    ['CanReload', unit?.canReload === true ? 'yes' : 'no'],
    ['Job', observed === undefined || observed.jobId === 0 ? '' : String(observed.jobId)],
  ])
}

/** systemctl quotes an assignment that a shell would split. */
function environmentWord(assignment: string): string {
  return /^[\w@%+:,./=-]*$/.test(assignment) ? assignment : JSON.stringify(assignment)
}
