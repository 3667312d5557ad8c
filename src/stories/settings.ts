import { GenerationStore } from '../apply/generations.js'
import { createJournalFile, type JournalFile } from '../apply/journal.js'
import { type Output, readOutputs } from '../apply/outputs.js'
import { createStateFile, type StateFile } from '../apply/state.js'
import { withOthers } from '../apply/transaction.js'
import type { Settings } from '../db/settings.js'
import { retired, unmanaged } from '../desired/management.js'
import { asTeamchatError, type ErrorCode } from '../errors.js'
import { createSystemctl, type Systemctl, systemctlProgram } from '../services/systemd.js'
import { type Exchange, loadExchange } from '../system/exchange.js'
import { exec } from '../system/exec.js'
import { type AdoptParts, carryOut, considerAdoption, type Outlook } from './adopt.js'
import type { AdoptOptions, AdoptOutcome, RetireOptions, RetireOutcome } from './adoption-operations.js'
import type { DiffOutcome, History } from './history-operations.js'
import type {
  Management,
  ServiceState,
  SettingsOutcome,
  SettingsPlan,
  Status,
  Trouble,
} from './operations.js'
import { carryOutRetirement, considerRetirement } from './retire.js'
import type { GiveBack } from './retire-give-back.js'
import type { CommitParts } from './settings-change.js'
import { checkDraft } from './settings-check.js'
import { commitDraft } from './settings-commit.js'
import { draftSettings } from './settings-draft.js'
import { keepEdited } from './settings-generation.js'
import { diffGenerations, type HistoryParts, keepGeneration, readHistory } from './settings-history.js'
import { checkReading, judge } from './settings-management.js'
import type { Draft, DraftOptions, ShrinkRule } from './settings-outputs.js'
import type { SettingsParts } from './settings-parts.js'
import { mayDraft, plannedActions, planOf, refuse, withNotes, withRemarks } from './settings-plan.js'
import { recoverFiles, resumeChange } from './settings-recover.js'
import {
  draftFingerprint,
  refusalLine,
  refusalOf,
  refusedBefore,
  standingRefusal,
} from './settings-refusal.js'
import {
  newRestore,
  type Restore,
  readRestore,
  releasedRestore,
  restoredWorld,
  usable,
} from './settings-restore.js'
import { PASSWORD_FILE, randomPassword, writeSecret } from './settings-secrets.js'
import { readSiteOutputs, type SiteWorld } from './settings-site-world.js'
import { readWorld, type World } from './settings-world.js'

/**
 * Why the story runs. `start`: the daemon has just started; `retry`: something is owed; `rollback` and `release` begin
 * and end one.
 */
export type SettingsCause = 'start' | 'db-changed' | 'apply' | 'retry' | 'rollback' | 'release'

/** The settings' part of `teamchat status`. */
export interface SettingsStatus {
  management: Management
  revision: string | undefined
  applied: { revision: string | undefined; at: string | undefined }
  owed: string[]
  drift: string[]
  services: ServiceState[]
  lastError: Trouble | undefined
  generation: Status['generation']
  pin: Status['pin']
}

interface Judged {
  settings: Settings
  management: Management
  notes: string[]
  /** undefined where nobody has asked us to manage anything: then nothing on the host can be wrong for us. */
  seen: Seen | undefined
}

interface Seen {
  world: World
  outputs: ReadonlyMap<string, Output>
  site: SiteWorld
  /** A rollback that is in force. */
  restore: Restore
}

/** How a draft is made; without it: what the daemon would do by itself, told and not refused. */
type DraftRules = Partial<Pick<DraftOptions, 'insist' | 'asked' | 'shrink' | 'restore'>>

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
  readonly #journalFile: JournalFile
  readonly #generations: GenerationStore
  /** Loaded at the first run, and kept. */
  #exchange: Promise<Exchange> | undefined
  readonly #systemctl: Systemctl | undefined
  #owed = false
  #lastError: Trouble | undefined

  constructor(parts: SettingsParts) {
    this.#parts = parts
    this.#stateFile = createStateFile(parts.paths.settingsStateFile, parts.paths.root)
    this.#journalFile = createJournalFile(parts.paths.settingsJournalFile, parts.paths.root)
    this.#generations = new GenerationStore(parts.paths)
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
  async run(options: {
    cause: SettingsCause
    force?: boolean
    /** rollback: the generation to put back. */
    to?: number
  }): Promise<SettingsOutcome> {
    try {
      const outcome = await this.#run(options.cause, options.force === true ? 'allow' : 'refuse', options.to)
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

  /** What `teamchat apply` would do. Throws what `run` would throw for values, templates and certificates; Apache is not asked. */
  async plan(): Promise<SettingsPlan> {
    return this.#plan(undefined)
  }

  async #plan(outlook: Outlook | undefined): Promise<SettingsPlan> {
    try {
      const judged = await this.#judge(outlook)
      const { management, seen } = judged
      if (seen === undefined || !mayDraft(management)) return planOf(judged, undefined)
      const draft = this.#draft(seen, { insist: true })
      return withNotes(planOf(judged, draft), standing(seen.world, draft).map(refusalLine))
    } catch (error) {
      throw asTeamchatError(error, 'failed', 'plan the settings')
    }
  }

  /** What `teamchat rollback` would do. Throws as `plan` and the rollback itself do. */
  async planRollback(to: number): Promise<SettingsPlan> {
    try {
      const judged = await this.#judge()
      const { management, seen } = judged
      refuse(management)
      if (seen === undefined) return planOf(judged, undefined)
      const restore = await this.#restoreFor('rollback', to, seen)
      return planOf(judged, this.#draft(seen, { asked: true, restore }))
    } catch (error) {
      throw asTeamchatError(error, 'failed', 'plan the rollback')
    }
  }

  /** Every applied set that is kept. */
  async history(): Promise<History> {
    return readHistory(await this.#stateFile.read(), this.#historyParts())
  }

  /** How generations differ, from each other or from what is live. */
  async diff(options: { from: number | undefined; to: number | undefined }): Promise<DiffOutcome> {
    return diffGenerations(options, this.#historyParts())
  }

  /**
   * Takes the site's live values over into the DB, keeps the originals, applies nothing. `dryRun`: says what it would take
   * over and what would remain, and writes nothing at all.
   */
  async adopt(options: AdoptOptions): Promise<AdoptOutcome> {
    try {
      const by = this.#adoptParts()
      const adoption = await considerAdoption(by, options)
      if (adoption === undefined) {
        return { dryRun: options.dryRun, taken: [], plan: await this.#remainingPlan(undefined) }
      }
      if (!options.dryRun) await carryOut(adoption, by)
      const { taken, after: state, changes } = adoption
      const outlook = options.dryRun ? { state, changes, dataSource: taken.dataSource } : undefined
      return { dryRun: options.dryRun, taken: taken.lines, plan: await this.#remainingPlan(outlook) }
    } catch (error) {
      throw asTeamchatError(error, 'failed', 'adopt this Mattermost')
    }
  }

  /** Gives the host back; with `giveBack` the originals too, checked and committed like any change. */
  async retire(options: RetireOptions): Promise<RetireOutcome> {
    const { dryRun } = options
    try {
      const by = this.#adoptParts()
      const retirement = await considerRetirement(by, options)
      if (retirement === undefined) {
        return { dryRun, state: 'nothing', files: [], actions: [], unmasked: [], stays: [], done: [] }
      }
      const { world, back, stays } = retirement
      const outcome: RetireOutcome = {
        dryRun,
        state: 'retired',
        files: back?.draft.files ?? [],
        actions: plannedActions(back?.draft),
        unmasked: (world.state.masked ?? []).map(one => one.from),
        stays,
        done: [],
      }
      if (dryRun) return outcome
      if (back !== undefined) outcome.done.push(...(await this.#giveBack(world, back)))
      outcome.done.push(...(await carryOutRetirement(retirement, by)))
      return outcome
    } catch (error) {
      throw asTeamchatError(error, 'failed', 'give this Mattermost back')
    }
  }

  async #giveBack(world: World, { draft, edited }: GiveBack): Promise<string[]> {
    if (draft.steps.length === 0) return []
    const notes = await this.#check(world, draft)
    if (edited !== undefined) await keepEdited(edited.path, edited.text, this.#parts.paths, this.#now())
    // Unmanaged from here on: after a crash nobody renders again what was given back.
    const state = { ...world.state, retiredAt: world.state.retiredAt ?? this.#now().toISOString() }
    await this.#stateFile.write(state)
    const done = await commitDraft({ ...world, state }, draft, await this.#commitParts('retire'))
    return [...done, ...notes]
  }

  #adoptParts(): AdoptParts {
    return {
      parts: this.#parts,
      stateFile: this.#stateFile,
      systemctl: this.#systemctl,
      exec: this.#parts.exec ?? exec,
      env: this.#parts.env ?? process.env,
      now: this.#now(),
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
      generation: undefined,
      pin: undefined,
    }
    try {
      const state = await this.#stateFile.read()
      status.applied = { revision: state.applied?.revision, at: state.applied?.at }
      status.owed = state.owed.map(action => `${action.verb} ${action.unit}: ${action.causes.join('; ')}`)
      status.revision = (await this.#parts.readSettings()).settings.revision
      const { entries, pin } = await this.history()
      status.pin = pin
      status.generation = entries
        .filter(entry => entry.newest)
        .map(({ number, at, cause }) => ({ number, at, cause }))[0]
      const judged = await this.#judge()
      status.management = judged.management
      status.services = await this.#services(judged)
      const { management, seen } = judged
      if (seen !== undefined && mayDraft(management)) {
        const draft = this.#draft(seen, {})
        status.drift = draft.drift
        for (const refused of standing(seen.world, draft)) status.lastError ??= refused
      }
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
  async #remainingPlan(outlook: Outlook | undefined): Promise<SettingsPlan> {
    try {
      return await this.#plan(outlook)
    } catch (error) {
      const known = asTeamchatError(error, 'failed', 'plan the settings')
      const { settings } = await this.#parts.readSettings(outlook?.changes)
      return {
        management: (await this.#judge(outlook)).management,
        revision: settings.revision,
        files: [],
        actions: [],
        notes: [`before it can be applied: ${known.message} (${known.hint})`],
      }
    }
  }

  async #run(cause: SettingsCause, shrink: ShrinkRule, to: number | undefined): Promise<SettingsOutcome> {
    const by = await this.#commitParts(cause)
    const { notes: recovered, open } = await recoverFiles(by)
    let judged = await this.#judge()
    const done: string[] = [...recovered]
    if (open !== undefined && judged.seen !== undefined) {
      const { restore } = judged.seen
      const world = restoredWorld(judged.seen.world, restore)
      done.push(...(await resumeChange(world, open, world.state, by)))
      judged = await this.#judge()
    }
    const { management, seen } = judged
    if (seen === undefined) return { state: 'unchanged', plan: planOf(judged, undefined), done }
    refuse(management)
    const insist = cause === 'apply'
    const asked = insist || cause === 'rollback' || cause === 'release'
    if (management.state === 'held' && !insist) {
      return { state: 'held', plan: planOf(judged, this.#draft(seen, {})), done: [] }
    }
    const { world } = seen
    const restore = await this.#restoreFor(cause, to, seen)
    const how = { insist, asked, shrink, restore }
    const draft = this.#draft(seen, how)
    const plan = planOf(judged, draft)
    const fingerprint = draftFingerprint(draft, world)
    const refusal = standingRefusal(world.state, fingerprint, { cause, force: shrink === 'allow' })
    if (refusal !== undefined) {
      if (asked) throw refusedBefore(refusal)
      return { state: 'held', plan: withNotes(plan, [refusalLine(refusal)]), done }
    }
    try {
      const notes = await this.#check(restoredWorld(world, restore), draft)
      const committed = this.#commit(draft, how, seen, by)
      done.push(...(await committed.catch((error: unknown) => Promise.reject(withRemarks(error, notes)))))
      return { state: done.length > 0 ? 'applied' : 'unchanged', plan: withNotes(plan, notes), done }
    } catch (error) {
      await this.#rememberRefusal(error, fingerprint)
      throw error
    }
  }

  async #commit(
    checked: Draft,
    how: DraftRules & { restore: Restore },
    seen: Seen,
    by: CommitParts,
  ): Promise<string[]> {
    if (!checked.createsSecret) return commitDraft(restoredWorld(seen.world, how.restore), checked, by)
    const { paths } = this.#parts
    const password = randomPassword()
    await writeSecret(paths, PASSWORD_FILE, password)
    // What was checked is what is written: the DB is not read again.
    const world = { ...seen.world, password }
    const draft = this.#draft({ ...seen, world }, how)
    return [
      `the database's password is in ${paths.secretFile(PASSWORD_FILE)}`,
      ...(await commitDraft(restoredWorld(world, how.restore), draft, by)),
    ]
  }

  /** A disk that is full now must not hide why something was refused; then it is tried once more. */
  async #rememberRefusal(error: unknown, fingerprint: string): Promise<void> {
    const refused = refusalOf(error, fingerprint, this.#now())
    if (refused === undefined) return
    try {
      const state = await this.#stateFile.read()
      if (state.refused?.fingerprint === fingerprint && state.refused.message === refused.message) return
      await this.#stateFile.write({ ...state, refused })
    } catch (cause) {
      throw withOthers(asTeamchatError(error, 'failed', 'apply the settings'), [
        asTeamchatError(cause, 'files.write', 'remember what was refused'),
      ])
    }
  }

  /** The rollback that shall be in force: the one that is asked for, none, or the one that is in force already. */
  async #restoreFor(
    cause: SettingsCause,
    to: number | undefined,
    { world, restore }: Seen,
  ): Promise<Restore> {
    if (cause === 'release') return releasedRestore(world.state)
    if (cause !== 'rollback' || to === undefined) return usable(restore)
    return newRestore(to, world.settings, this.#generations, this.#now())
  }

  async #commitParts(cause: SettingsCause | 'retire'): Promise<CommitParts> {
    this.#exchange ??= loadExchange()
    return {
      parts: {
        recordGeneration: change => keepGeneration(change, this.#generations),
        ...this.#parts,
      },
      cause,
      stateFile: this.#stateFile,
      journalFile: this.#journalFile,
      exchange: await this.#exchange,
      systemctl: this.#systemctl,
      now: () => this.#now(),
    }
  }

  /** `outlook`: as if that had been written. */
  async #judge(outlook?: Outlook): Promise<Judged> {
    const { paths, readSettings } = this.#parts
    const state = outlook?.state ?? (await this.#stateFile.read())
    const reading = await readSettings(outlook?.changes)
    checkReading(reading, state, paths.configurationDb)
    const { settings } = reading
    if (state.retiredAt !== undefined) {
      return { settings, management: retired(state.retiredAt), notes: [], seen: undefined }
    }
    if (settings.mattermost.status === undefined) {
      return { settings, management: unmanaged(reading.mattermostRecord), notes: [], seen: undefined }
    }
    const { outputs, siteOutputs, notes } = await readOutputs(paths)
    const by = {
      paths,
      exec: this.#parts.exec ?? exec,
      env: this.#parts.env ?? process.env,
      systemctl: this.#systemctl,
      sleep: this.#parts.sleep,
    }
    const now = await readWorld(settings, state, by)
    const world =
      outlook === undefined
        ? now
        : { ...now, dataSource: outlook.dataSource ?? now.dataSource, oldModule: [] }
    const site = await readSiteOutputs(siteOutputs, world, { ...by, property: reading.property })
    const restore = await readRestore(state, settings, this.#generations)
    return {
      settings,
      management: judge(world, paths, outputs),
      notes,
      seen: { world, outputs, site, restore },
    }
  }

  /** All that is tried before anything is written; remarks. */
  #check(world: World, draft: Draft): Promise<string[]> {
    return checkDraft(world, draft, {
      paths: this.#parts.paths,
      exec: this.#parts.exec ?? exec,
      env: this.#parts.env ?? process.env,
      services: this.#systemctl !== undefined,
    })
  }

  #draft({ world, outputs, site, restore: found }: Seen, how: DraftRules): Draft {
    const { paths } = this.#parts
    const { insist = false, asked = insist, shrink = 'tell', restore = usable(found) } = how
    return draftSettings(restoredWorld(world, restore), {
      paths,
      outputs,
      site,
      insist,
      asked,
      shrink,
      restore,
      now: this.#now(),
    })
  }

  #historyParts(): HistoryParts {
    return { store: this.#generations, paths: this.#parts.paths, sleep: this.#parts.sleep }
  }

  async #services({ seen, settings }: Judged): Promise<ServiceState[]> {
    const units =
      seen === undefined
        ? [await this.#systemctl?.show(settings.mattermost.unit)]
        : [seen.world.unit, seen.world.apacheUnit]
    return units
      .filter(unit => unit !== undefined)
      .map(unit => ({
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

/** What would not be tried by itself, as things are: one or none. */
function standing(world: World, draft: Draft) {
  const refused = standingRefusal(world.state, draftFingerprint(draft, world), {
    cause: 'db-changed',
    force: false,
  })
  return refused === undefined ? [] : [refused]
}
