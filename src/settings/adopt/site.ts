import { dirname, join } from 'node:path'
import { statedConfiguration } from '../../config/management.js'
import type { Settings } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import { findMattermostUnits } from '../../services/mattermost-units.js'
import type { SettingsState } from '../../transaction/state.js'
import { readWorld, type World } from '../host/host-state.js'
import { checkReading, unsupported } from '../management.js'
import type { SettingsReading } from '../parts.js'
import type { AdoptParts } from './adopt.js'
import { withoutRoot } from './values.js'

/** A site as it is, and what the DB says of where it is. */
export interface Site {
  world: World
  stated: { home: string; unit: string }
}

/** Looks at the site, where its unit says that it lives. Throws what forbids an adoption; nothing is written. */
export async function readSite(state: SettingsState, options: AdoptParts): Promise<Site> {
  const { parts, systemctl } = options
  const reading = await parts.readSettings()
  checkValues(reading, state, parts.paths.configurationDb)
  const read = (more: Partial<Settings['mattermost']>) => {
    const settings = { ...reading.settings, mattermost: { ...reading.settings.mattermost, ...more } }
    return readWorld(settings, state, { ...options, paths: parts.paths, systemctl, sleep: parts.sleep })
  }
  const { home, unit } = reading.settings.mattermost
  let world = await read({})
  const foundUnit = await otherUnit(world, options)
  if (foundUnit !== undefined) world = await read({ unit: foundUnit })
  for (const candidate of homesOf(world, options)) {
    if (candidate === home) break
    const there = await read({ unit: world.settings.mattermost.unit, home: candidate })
    if (there.live === undefined) continue
    world = there
    break
  }
  refuseSite(world)
  return { world, stated: { home, unit } }
}

/** The unit that starts Mattermost, where the one that the DB means by default is not there. */
async function otherUnit(world: World, { parts }: AdoptParts): Promise<string | undefined> {
  if (world.unit?.loadState !== 'not-found') return undefined
  const names = await findMattermostUnits(parts.paths.unitFolders)
  const example = names[0] ?? 'NAME.service'
  const hint = `name it: teamchat config setprop mattermost Unit ${example}`
  if (world.settings.explicit.has('mattermost.Unit')) {
    throw new TeamchatError('settings.invalid', `cannot adopt: there is no unit ${world.unit.unit}`, { hint })
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
export function refuseWithoutUnit({ unit }: World): void {
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
function homesOf(world: World, { parts }: AdoptParts): string[] {
  const { unit, variables } = world
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

function refuseSite(world: World): void {
  const obstacle = unsupported(world)
  if (obstacle !== undefined) {
    throw new TeamchatError('settings.unsupported', `cannot adopt this Mattermost: ${obstacle.reason}`, {
      hint: obstacle.hint,
    })
  }
  if (world.live !== undefined) return
  throw new TeamchatError('check.failed', `cannot adopt: there is no ${world.configFile}`, {
    hint: 'name the folder of Mattermost: teamchat config setprop mattermost Home /opt/mattermost; a new Mattermost needs no adoption',
  })
}
