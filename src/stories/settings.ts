import { isDeepStrictEqual } from 'node:util'
import { performActions } from '../apply/actions.js'
import { performFileStep } from '../apply/files.js'
import { type Output, readOutputs } from '../apply/outputs.js'
import { createStateFile, type SettingsState, type StateFile } from '../apply/state.js'
import type { Settings } from '../db/settings.js'
import { asTeamchatError, type ErrorCode, reasonOf, TeamchatError } from '../errors.js'
import { apacheProgramName, noApache, testVhost } from '../services/apache.js'
import { createSystemctl, type Systemctl, systemctlProgram } from '../services/systemd.js'
import { exec } from '../system/exec.js'
import { adoptSite } from './adopt.js'
import type {
  AdoptOutcome,
  Management,
  ServiceState,
  SettingsOutcome,
  SettingsPlan,
  Trouble,
} from './operations.js'
import { type Draft, draftSettings } from './settings-draft.js'
import { checkReading, judge } from './settings-management.js'
import type { SettingsParts } from './settings-parts.js'
import { PASSWORD_FILE, randomPassword, writeSecret } from './settings-secrets.js'
import { readWorld, type World } from './settings-world.js'

/** Why the story runs. `start`: the daemon has just started; `retry`: something is owed. */
export type SettingsCause = 'start' | 'db-changed' | 'apply' | 'retry'

/** The settings' part of `teamchat status`. */
export interface SettingsStatus {
  management: Management
  revision: string | undefined
  applied: { revision: string | undefined; at: string | undefined }
  owed: string[]
  drift: string[]
  services: ServiceState[]
  lastError: Trouble | undefined
}

interface Judged {
  world: World
  management: Management
  outputs: ReadonlyMap<string, Output>
  notes: string[]
}

/** Errors that a later try may not meet. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'files.write',
  'services.failed',
  'services.unreachable',
  'mattermost.unreachable',
  'mattermost.localModeOff',
])

/**
 * From the configuration DB to Mattermost and Apache: read, decide, act, record. One run at a time: the caller holds
 * the lock of those who run stories. `plan`, `management` and `status` write nothing at all.
 */
export class SettingsStory {
  readonly #parts: SettingsParts
  readonly #stateFile: StateFile
  readonly #systemctl: Systemctl | undefined
  #owed = false
  #lastError: Trouble | undefined

  constructor(parts: SettingsParts) {
    this.#parts = parts
    this.#stateFile = createStateFile(parts.paths.settingsStateFile, parts.paths.root)
    const env = parts.env ?? process.env
    const program = systemctlProgram(parts.paths.root, env)
    if (program !== undefined) {
      const sleep = parts.sleep === undefined ? {} : { sleep: parts.sleep }
      this.#systemctl = createSystemctl(program, { exec: parts.exec ?? exec, env, ...sleep })
    }
  }

  /**
   * Brings files and services in line with the DB. Throws a TeamchatError where it may not (not adopted, refused, lost
   * or invalid DB), where a check fails (nothing has changed then), or where something is owed afterwards.
   */
  async run(options: { cause: SettingsCause; force?: boolean }): Promise<SettingsOutcome> {
    try {
      const outcome = await this.#run(options.cause)
      this.#lastError = undefined
      this.#owed = false
      return outcome
    } catch (error) {
      const known = asTeamchatError(error, 'failed', 'apply the settings')
      this.#owed = PASSING.has(known.code)
      this.#lastError = { at: this.#now().toISOString(), message: known.message, hint: known.hint }
      throw known
    }
  }

  /** What `run` would do. Throws what `run` would throw for values, templates and certificates; Apache is not asked. */
  async plan(): Promise<SettingsPlan> {
    try {
      const judged = await this.#judge()
      if (!mayDraft(judged.management)) return planOf(judged, undefined)
      return planOf(judged, this.#draft(judged, judged.management.state === 'held'))
    } catch (error) {
      throw asTeamchatError(error, 'failed', 'plan the settings')
    }
  }

  /** Takes the site's live values over into the DB, keeps the originals, applies nothing. */
  async adopt(): Promise<AdoptOutcome> {
    try {
      const taken = await adoptSite({
        parts: this.#parts,
        stateFile: this.#stateFile,
        systemctl: this.#systemctl,
        exec: this.#parts.exec ?? exec,
        env: this.#parts.env ?? process.env,
        now: this.#now(),
      })
      return { taken, plan: await this.#remainingPlan() }
    } catch (error) {
      throw asTeamchatError(error, 'failed', 'adopt this Mattermost')
    }
  }

  /** Whether this Mattermost is ours to touch; never throws. */
  async management(): Promise<Management> {
    try {
      return (await this.#judge()).management
    } catch (error) {
      const known = asTeamchatError(error, 'failed', 'read the settings')
      return { state: 'refused', reason: known.message, hint: known.hint }
    }
  }

  /** What is known now; never throws. */
  async status(): Promise<SettingsStatus> {
    const status: SettingsStatus = {
      management: { state: 'managed' },
      revision: undefined,
      applied: { revision: undefined, at: undefined },
      owed: [],
      drift: [],
      services: [],
      lastError: this.#lastError,
    }
    try {
      const state = await this.#stateFile.read()
      status.applied = { revision: state.applied?.revision, at: state.applied?.at }
      status.owed = state.owed.map(action => `${action.verb} ${action.unit}: ${action.causes.join('; ')}`)
      status.revision = (await this.#parts.readSettings()).settings.revision
      const judged = await this.#judge()
      status.management = judged.management
      status.services = await this.#services(judged.world)
      if (mayDraft(judged.management)) status.drift = this.#draft(judged, false).drift
    } catch (error) {
      const known = asTeamchatError(error, 'failed', 'read the settings')
      if (!(await this.#isManaged())) {
        status.management = { state: 'refused', reason: known.message, hint: known.hint }
      }
      status.lastError ??= { at: this.#now().toISOString(), message: known.message, hint: known.hint }
    }
    return status
  }

  /** True where the last run left something that another try may finish. */
  owesActions(): boolean {
    return this.#owed
  }

  /** The plan after an adoption, which is done whatever stands in the way of applying. */
  async #remainingPlan(): Promise<SettingsPlan> {
    try {
      return await this.plan()
    } catch (error) {
      const known = asTeamchatError(error, 'failed', 'plan the settings')
      const { settings } = await this.#parts.readSettings()
      return {
        management: await this.management(),
        revision: settings.revision,
        files: [],
        actions: [],
        notes: [`before it can be applied: ${known.message} (${known.hint})`],
      }
    }
  }

  async #run(cause: SettingsCause): Promise<SettingsOutcome> {
    let judged = await this.#judge()
    const { management } = judged
    if (management.state === 'unmanaged') {
      return { state: 'unchanged', plan: planOf(judged, undefined), done: [] }
    }
    refuse(management)
    const insist = cause === 'apply'
    if (management.state === 'held' && !insist) {
      return { state: 'held', plan: planOf(judged, this.#draft(judged, false)), done: [] }
    }
    let draft = this.#draft(judged, insist)
    const plan = planOf(judged, draft)
    const notes = await this.#check(judged.world, draft)
    const done: string[] = []
    if (draft.createsSecret) {
      await writeSecret(this.#parts.paths, PASSWORD_FILE, randomPassword())
      done.push(`the database's password is in ${this.#parts.paths.secretFile(PASSWORD_FILE)}`)
      judged = await this.#judge()
      draft = this.#draft(judged, insist)
    }
    done.push(...(await this.#commit(judged.world, draft)))
    return { state: done.length > 0 ? 'applied' : 'unchanged', plan: withNotes(plan, notes), done }
  }

  async #judge(): Promise<Judged> {
    const { paths, readSettings } = this.#parts
    const state = await this.#stateFile.read()
    const reading = await readSettings()
    checkReading(reading, state, paths.configurationDb)
    const { outputs, notes } = await readOutputs(paths)
    const world = await readWorld(reading.settings, state, {
      paths,
      exec: this.#parts.exec ?? exec,
      env: this.#parts.env ?? process.env,
      systemctl: this.#systemctl,
      sleep: this.#parts.sleep,
    })
    return { world, outputs, notes, management: judge(world, paths, outputs) }
  }

  #draft(judged: Judged, insist: boolean): Draft {
    const { paths } = this.#parts
    return draftSettings(judged.world, { paths, outputs: judged.outputs, insist, now: this.#now() })
  }

  /** Apache's own test on the new vhost; notes on what could not be checked. */
  async #check(world: World, draft: Draft): Promise<string[]> {
    const { paths, env } = this.#parts
    if (draft.vhost === undefined) return []
    if (world.program === undefined) {
      if (paths.root === '') throw noApache(world.apache.platform)
      return [`the vhost is not checked: no ${apacheProgramName(world.apache.platform)}`]
    }
    await testVhost({
      program: world.program,
      exec: this.#parts.exec ?? exec,
      ...(env === undefined ? {} : { env }),
      paths: world.apache,
      root: paths.root,
      runFolder: paths.runFolder,
      text: draft.vhost,
      links: world.vhostLinks,
    })
    return []
  }

  /** Intent, files, actions, record: in this order on disk, so that a crash anywhere loses no action. */
  async #commit(world: World, draft: Draft): Promise<string[]> {
    const { settings } = world
    const done: string[] = []
    const intent = intentOf(world, draft, this.#now())
    if (draft.steps.length > 0 || draft.services.actions.length > 0) await this.#stateFile.write(intent)
    await this.#placeFiles(world.state, draft, done)
    let state: SettingsState = { ...intent, leaves: draft.leaves, outputs: draft.outputs }
    if (draft.steps.length > 0) await this.#stateFile.write(state)
    if (this.#systemctl !== undefined && state.owed.length > 0) {
      done.push(
        ...(await performActions(state.owed, {
          systemctl: this.#systemctl,
          mattermost: this.#parts.mattermost(settings),
          reloaded: draft.reloaded,
          timeoutMs: settings.teamchatd.startTimeout * 1000,
          save: async owed => {
            state = { ...state, owed }
            await this.#stateFile.write(state)
          },
          ...(this.#parts.sleep === undefined ? {} : { sleep: this.#parts.sleep }),
        })),
      )
    }
    await this.#record(world.state, { ...state, owed: [] }, settings, done.length > 0)
    return done
  }

  async #placeFiles(before: SettingsState, draft: Draft, done: string[]): Promise<void> {
    const perform = this.#parts.performFileStep ?? performFileStep
    for (const [index, step] of draft.steps.entries()) {
      try {
        await perform(step, this.#parts.paths.root)
      } catch (error) {
        const known = asTeamchatError(error, 'files.write', `write ${step.path}`)
        // Nothing has moved yet: then nothing is owed either.
        if (index === 0) throw await this.#withdraw(before, known)
        throw known
      }
      done.push(`${step.step === 'remove' ? 'removed' : 'wrote'} ${step.path}`)
    }
  }

  async #withdraw(before: SettingsState, known: TeamchatError): Promise<TeamchatError> {
    try {
      await this.#stateFile.write(before)
      return known
    } catch (error) {
      // The intent stays: at worst a service is reloaded once for nothing when the next run succeeds.
      return new TeamchatError(known.code, `${known.message}; also: ${reasonOf(error)}`, {
        hint: known.hint,
        cause: known,
      })
    }
  }

  async #record(
    before: SettingsState,
    state: SettingsState,
    settings: Settings,
    acted: boolean,
  ): Promise<void> {
    const applied = { revision: settings.revision, status: settings.mattermost.status ?? 'disabled' }
    const old = before.applied
    const same = old?.revision === applied.revision && old.status === applied.status
    const at = !acted && same && old !== undefined ? old.at : this.#now().toISOString()
    const next: SettingsState = { ...state, applied: { ...applied, at } }
    if (!isDeepStrictEqual(next, before)) await this.#stateFile.write(next)
  }

  async #services(world: World): Promise<ServiceState[]> {
    const units = [world.unit, world.apacheUnit].filter(unit => unit !== undefined)
    return units.map(unit => ({
      unit: unit.unit,
      active: unit.loadState === 'not-found' ? 'not-found' : unit.activeState,
      enabled: unit.unitFileState,
    }))
  }

  async #isManaged(): Promise<boolean> {
    return (await this.management()).state === 'managed'
  }

  #now(): Date {
    return this.#parts.now?.() ?? new Date()
  }
}

function mayDraft(management: Management): boolean {
  return management.state === 'managed' || management.state === 'held'
}

function refuse(management: Management): void {
  if (management.state === 'refused') {
    throw new TeamchatError('settings.unsupported', `cannot manage this Mattermost: ${management.reason}`, {
      hint: management.hint,
    })
  }
  if (management.state !== 'not-adopted') return
  const differences = management.differences.map(line => `\n  ${line}`).join('')
  throw new TeamchatError(
    'settings.notAdopted',
    `cannot apply the settings: ${management.reason}${differences}`,
    {
      hint: management.hint,
    },
  )
}

/** What must be on disk before the first file changes. */
function intentOf(world: World, draft: Draft, now: Date): SettingsState {
  const { adopting: _done, ...state } = world.state
  return {
    ...state,
    managedSince: state.managedSince ?? now.toISOString(),
    held: false,
    owed: draft.services.actions,
    lastGood: { mattermostRecord: true, domainName: world.settings.domainName },
  }
}

function planOf(judged: Judged, draft: Draft | undefined): SettingsPlan {
  const { management, world } = judged
  const secret = draft?.createsSecret === true
  return {
    management,
    revision: world.settings.revision,
    files: draft?.files ?? [],
    actions: [
      ...(secret ? [{ verb: 'create-secret', target: PASSWORD_FILE, causes: ['there is none yet'] }] : []),
      ...(draft?.services.actions ?? []).map(({ verb, unit, causes }) => ({ verb, target: unit, causes })),
    ],
    notes: [
      ...judged.notes,
      ...(secret
        ? ["PostgreSQL's role needs the password that will be in the secret file (ALTER ROLE … PASSWORD …)"]
        : []),
      ...(draft?.notes ?? []),
      ...(draft?.drift ?? []),
    ],
  }
}

function withNotes(plan: SettingsPlan, notes: string[]): SettingsPlan {
  return { ...plan, notes: [...plan.notes, ...notes] }
}
