import { readOutputs } from '../apply/outputs.js'
import type { SettingsState, StateFile } from '../apply/state.js'
import { leafRules } from '../desired/leaves.js'
import { templateVariables } from '../desired/model.js'
import { TeamchatError } from '../errors.js'
import type { Systemctl } from '../services/systemd.js'
import type { Exec } from '../system/exec.js'
import { liveValues } from './adopt-values.js'
import { keepOriginals } from './settings-generation.js'
import { leafWishes } from './settings-leaves.js'
import { checkReading, named, obstacleOf } from './settings-management.js'
import { CONFIG_OUTPUT, hashOf, VHOST_OUTPUT } from './settings-outputs.js'
import type { SettingsParts, SettingsReading } from './settings-parts.js'
import { DATA_SOURCE_FILE, writeSecret } from './settings-secrets.js'
import { readWorld, type World } from './settings-world.js'

export interface AdoptParts {
  parts: SettingsParts
  stateFile: StateFile
  systemctl: Systemctl | undefined
  exec: Exec
  env: NodeJS.ProcessEnv
  now: Date
}

/**
 * Takes the values of a running, hand-configured Mattermost into the DB and the secret files, keeps the originals as
 * generation 0, and holds everything until `teamchat apply`. config.json and vhost keep every byte. Said twice, it is
 * done once. An adoption that was interrupted is marked as such on disk, so that nothing is applied on half of it.
 * Returns a line for each thing taken over; secrets masked.
 */
export async function adoptSite(options: AdoptParts): Promise<string[]> {
  const { parts, stateFile, now } = options
  const state = await stateFile.read()
  if (state.managedSince !== undefined) return []
  const { world, statedHome } = await readSite(state, options)
  refuseSite(world, options)
  const taken = liveValues(world, statedHome, parts.paths)
  // Whatever cannot be used shows now, before anything is written.
  const leaves = await doneLeaves(world, options)

  if (state.adopting !== true) await stateFile.write({ ...state, adopting: true })
  await keepOriginals(world, parts.paths, now)
  if (taken.dataSource !== undefined && taken.dataSource !== world.dataSource) {
    await writeSecret(parts.paths, DATA_SOURCE_FILE, taken.dataSource)
  }
  if (Object.keys(taken.props).length > 0) {
    await parts.writeDb([{ key: 'mattermost', type: 'service', props: taken.props }])
  }
  await stateFile.write(adopted(state, world, leaves, now))
  return taken.lines
}

async function readSite(
  state: SettingsState,
  options: AdoptParts,
): Promise<{ world: World; statedHome: string }> {
  const { parts, systemctl } = options
  const reading = await parts.readSettings()
  checkValues(reading, state, parts.paths.configurationDb)
  const read = (home: string) => {
    const settings = { ...reading.settings, mattermost: { ...reading.settings.mattermost, home } }
    return readWorld(settings, state, { ...options, paths: parts.paths, systemctl, sleep: parts.sleep })
  }
  const statedHome = reading.settings.mattermost.home
  const world = await read(statedHome)
  // The unit knows better than a default where Mattermost lives.
  const { root } = parts.paths
  const folder = world.unit?.workingDirectory ?? ''
  const home = root !== '' && folder.startsWith(`${root}/`) ? folder.slice(root.length) : folder
  if (home === '' || home === statedHome) return { world, statedHome }
  const there = await read(home)
  return { world: there.live === undefined ? world : there, statedHome }
}

function checkValues(reading: SettingsReading, state: SettingsState, path: string): void {
  checkReading(reading, state, path)
  const [first] = reading.problems
  if (first !== undefined) throw new TeamchatError('settings.invalid', first.message, { hint: first.hint })
}

function refuseSite(world: World, { parts }: AdoptParts): void {
  const obstacle = obstacleOf(world, parts.paths)
  if (obstacle !== undefined) {
    throw new TeamchatError('settings.unsupported', `cannot adopt this Mattermost: ${obstacle.reason}`, {
      hint: obstacle.hint,
    })
  }
  if (world.live === undefined) {
    throw new TeamchatError('check.failed', `cannot adopt: there is no ${world.configFile}`, {
      hint: 'name the folder of Mattermost: teamchat config setprop mattermost Home /opt/mattermost; a new Mattermost needs no adoption',
    })
  }
  const { mattermost } = world.settings
  if (world.unit?.loadState === 'not-found' && world.settings.explicit.has('mattermost.Unit')) {
    throw new TeamchatError('settings.invalid', `cannot adopt: there is no unit ${mattermost.unit}`, {
      hint: 'name it: teamchat config setprop mattermost Unit NAME.service',
    })
  }
}

/** Every initial leaf counts as done; those that follow another record keep the site's value until that record changes. */
async function doneLeaves(world: World, { parts }: AdoptParts): Promise<SettingsState['leaves']> {
  const { outputs } = await readOutputs(parts.paths)
  const output = outputs.get(CONFIG_OUTPUT)
  const variables = templateVariables(named(world.settings), {
    root: parts.paths.root,
    isEsmith: parts.paths.isEsmith,
    dataSource: world.dataSource,
    password: world.password,
    certificate: undefined,
    apacheVersion: undefined,
  })
  const wishes = output === undefined ? [] : leafWishes(output, { ...variables }, world.settings.explicit)
  const initial = leafRules.filter(rule => rule.class === 'initial')
  return Object.fromEntries(
    initial.map(({ name }) => {
      const wish = wishes.find(one => one.name === name)
      if (wish?.gentle === true) return [name, { value: wish.value, explicit: true, done: true }]
      return [name, { explicit: false, done: true }]
    }),
  )
}

function adopted(
  before: SettingsState,
  world: World,
  leaves: SettingsState['leaves'],
  now: Date,
): SettingsState {
  const { adopting: _done, ...state } = before
  const { vhost } = world
  return {
    ...state,
    adoptedAt: state.adoptedAt ?? now.toISOString(),
    held: true,
    leaves,
    // The site's own vhost at our path may be replaced once `apply` is said, as long as it is still this one.
    outputs:
      vhost === undefined || vhost.ours
        ? state.outputs
        : { ...state.outputs, [VHOST_OUTPUT]: hashOf(vhost.text) },
    lastGood: { mattermostRecord: true, domainName: world.settings.domainName },
  }
}
