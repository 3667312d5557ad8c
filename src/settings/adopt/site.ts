import { dirname, join } from 'node:path'
import { statedConfiguration } from '../../config/management.js'
import type { Settings } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import { findMattermostUnits } from '../../services/mattermost-unit.js'
import type { Systemctl } from '../../services/systemd.js'
import type { Exec } from '../../system/exec.js'
import type { SettingsState, StateFile } from '../../transaction/state.js'
import { type HostState, readHostState } from '../host/host-state.js'
import { checkReading, unsupported } from '../management.js'
import type { SettingsParts, SettingsReading } from '../parts.js'
import { withoutRoot } from './values.js'

/** A site as it is, and what the DB says of where it is. */
export interface Site {
  hostState: HostState
  stated: { home: string; unit: string }
}

/** Looks at the site, where its unit says that it lives. Throws what forbids an adoption; nothing is written. */
export async function readSite(state: SettingsState, options: AdoptParts): Promise<Site> {
  const { parts, systemctl } = options
  const reading = await parts.readSettings()
  checkValues(reading, state, parts.paths.configurationDb)
  const read = (more: Partial<Settings['mattermost']>) => {
    const settings = { ...reading.settings, mattermost: { ...reading.settings.mattermost, ...more } }
    return readHostState(settings, state, { ...options, paths: parts.paths, systemctl, sleep: parts.sleep })
  }
  const { home, unit } = reading.settings.mattermost
  let hostState = await read({})
  const foundUnit = await otherUnit(hostState, options)
  if (foundUnit !== undefined) hostState = await read({ unit: foundUnit })
  for (const candidate of homesOf(hostState, options)) {
    if (candidate === home) break
    const there = await read({ unit: hostState.settings.mattermost.unit, home: candidate })
    if (there.live === undefined) continue
    hostState = there
    break
  }
  refuseSite(hostState)
  return { hostState, stated: { home, unit } }
}

/** The unit that starts Mattermost, where the one that the DB means by default is not there. */
async function otherUnit(hostState: HostState, { parts }: AdoptParts): Promise<string | undefined> {
  if (hostState.unit?.loadState !== 'not-found') return undefined
  const names = await findMattermostUnits(parts.paths.unitFolders)
  const example = names[0] ?? 'NAME.service'
  const hint = `name it: teamchat config setprop mattermost Unit ${example}`
  if (hostState.settings.explicit.has('mattermost.Unit')) {
    throw new TeamchatError('settings.invalid', `cannot adopt: there is no unit ${hostState.unit.unit}`, {
      hint,
    })
  }
  if (names.length > 1) {
    throw new TeamchatError(
      'settings.invalid',
      `cannot adopt: more than one unit starts a Mattermost: ${names.join(', ')}`,
      { hint },
    )
  }
  return names[0]
}

/**
 * Without its unit nobody can tell whether Mattermost runs: it would be taken over as switched off. Throws
 * `settings.invalid`.
 */
export function refuseWithoutUnit({ unit }: HostState): void {
  if (unit?.loadState !== 'not-found') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot adopt: there is no unit ${unit.unit}, and no unit file starts …/bin/mattermost`,
    {
      hint: 'nothing was changed; name the one that runs it: teamchat config setprop mattermost Unit NAME.service (systemctl list-units --type=service lists them)',
    },
  )
}

/** Where the unit says that Mattermost lives, best first; it knows better than a default. */
function homesOf(hostState: HostState, { parts }: AdoptParts): string[] {
  const { unit, variables } = hostState
  if (unit === undefined) return []
  const place = statedConfiguration({ variables, command: unit.command })?.place ?? ''
  const file = place.startsWith('/') ? place : join(unit.workingDirectory, place)
  const homes = [
    ...(place !== '' && file.endsWith('/config/config.json') ? [dirname(dirname(file))] : []),
    unit.workingDirectory,
    ...(/\/bin\/\w+$/.test(unit.command[0] ?? '') ? [dirname(dirname(unit.command[0] ?? ''))] : []),
  ]
  return homes
    .filter(home => home.startsWith('/') && home !== '/')
    .map(home => withoutRoot(home, parts.paths))
}

function checkValues(reading: SettingsReading, state: SettingsState, path: string): void {
  checkReading(reading, state, path)
  const [first] = reading.problems
  if (first !== undefined) throw new TeamchatError('settings.invalid', first.message, { hint: first.hint })
}

function refuseSite(hostState: HostState): void {
  const obstacle = unsupported(hostState)
  if (obstacle !== undefined) {
    throw new TeamchatError('settings.unsupported', `cannot adopt this Mattermost: ${obstacle.reason}`, {
      hint: obstacle.hint,
    })
  }
  if (hostState.live !== undefined) return
  throw new TeamchatError('check.failed', `cannot adopt: there is no ${hostState.configFile}`, {
    hint: 'name the folder of Mattermost: teamchat config setprop mattermost Home /opt/mattermost; a new Mattermost needs no adoption',
  })
}

export interface AdoptParts {
  parts: SettingsParts
  stateFile: StateFile
  systemctl: Systemctl | undefined
  exec: Exec
  env: NodeJS.ProcessEnv
  now: Date
}
