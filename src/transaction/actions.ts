import { type Json, valueAt } from '../config/json/json.js'
import { type DesiredSetting, sameValue } from '../config/merge.js'
import { actionText, type PendingAction } from '../config/services/pending-action.js'
import { isRunning } from '../config/services/plan.js'
import { asTeamchatError, TeamchatError } from '../errors.js'
import { isBetween, type Systemctl, type UnitFacts } from '../services/systemd.js'

/** The part of Mattermost's API that is needed. */
export interface MattermostConfigApi {
  reachable(signal?: AbortSignal): Promise<boolean>
  /** `POST /config/reload`. */
  reloadConfig(): Promise<void>
  /** `GET /config`: holds secrets, never logged. */
  config(): Promise<unknown>
}

export interface ActionParts {
  systemctl: Systemctl
  mattermost: MattermostConfigApi
  /** Leaves that must be in force after an API reload. */
  reloaded: readonly Pick<DesiredSetting, 'name' | 'path' | 'value' | 'compare'>[]
  /** Merges into config.json what somebody has written since; true where that took our leaves away. */
  settle?: () => Promise<boolean>
  /** Milliseconds that a service may take. */
  timeoutMs: number
  /** Makes what is still owed durable. */
  save: (owed: PendingAction[]) => Promise<void>
  sleep?: (milliseconds: number) => Promise<void>
}

/** A unit of Type=simple is active at once, and gone the moment after if it does not like what it reads. */
const SECOND_LOOK_MS = 300
/** Somebody who saves in the System Console again and again must not keep us for ever. */
const MOST_TRIES = 5
/** What was asked for in an earlier run gets a short look only: others wait for the loop. */
const SHORT_LOOK_MS = 2_000

/**
 * Does what is owed, one by one; each is struck off on disk once it is done. One that fails stays owed and holds up no
 * other. Returns what was done; throws the first error with the others behind it, once all were tried.
 */
export async function performActions(owed: readonly PendingAction[], parts: ActionParts): Promise<string[]> {
  const done: string[] = []
  const errors: TeamchatError[] = []
  let left = [...owed]
  const replace = async (action: PendingAction, by: PendingAction[]) => {
    left = left.flatMap(one => (one === action ? by : [one]))
    await parts.save(left)
  }
  for (const action of owed) {
    let current = action
    const issued = async (as: PendingAction) => {
      await replace(current, [as])
      current = as
    }
    try {
      await perform(action, parts, issued)
      await replace(current, [])
      done.push(actionText(action))
    } catch (error) {
      errors.push(asTeamchatError(error, 'services.failed', `${action.verb} ${action.unit}`))
    }
  }
  const [first, ...others] = errors
  if (first === undefined) return done
  if (others.length === 0) throw first
  const also = others.map(error => error.message).join('; ')
  throw new TeamchatError(first.code, `${first.message}; also: ${also}`, { hint: first.hint, cause: first })
}

type Issued = (as: PendingAction) => Promise<void>

async function perform(action: PendingAction, parts: ActionParts, issued: Issued): Promise<void> {
  const { systemctl } = parts
  switch (action.verb) {
    case 'enable':
    case 'disable':
      return systemctl.request(action.verb, action.unit)
    case 'start':
      return start(action, parts, issued)
    case 'restart':
      return restart(action, parts, issued)
    case 'stop':
      return stop(action, parts)
    case 'reload':
      return reload(action, parts)
    case 'api-reload':
      return apiReload(action, parts)
  }
}

async function start(action: PendingAction, parts: ActionParts, issued: Issued): Promise<void> {
  const { systemctl } = parts
  const facts = await waitForQuiet(action, parts)
  if (isRunning(facts)) return
  await systemctl.resetFailed(action.unit)
  await systemctl.request('start', action.unit)
  await issued({ ...action, issued: true })
  await mustGetActive(action, parts)
}

async function restart(action: PendingAction, parts: ActionParts, issued: Issued): Promise<void> {
  // A start that we asked for ourselves may be replaced by a better one; anybody else's is waited for.
  if (!action.issued) await waitForQuiet(action, parts)
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    await parts.systemctl.resetFailed(action.unit)
    await parts.systemctl.request('restart', action.unit)
    await issued({ ...action, verb: 'start', issued: true })
    await mustGetActive(action, parts)
    // An edit that was saved while it went down may have taken our leaves along.
    if ((await parts.settle?.()) !== true) return
  }
}

async function stop(action: PendingAction, parts: ActionParts): Promise<void> {
  // A start that we asked for ourselves need not come to its end.
  const facts = action.issued ? await parts.systemctl.show(action.unit) : await waitForQuiet(action, parts)
  if (!isRunning(facts) && facts.activeState !== 'activating') return
  await parts.systemctl.request('stop', action.unit)
  const after = await parts.systemctl.settled(action.unit, parts.timeoutMs)
  if (after === undefined || isRunning(after)) throw await tooLate(action, 'did not stop', parts)
}

async function reload(action: PendingAction, parts: ActionParts): Promise<void> {
  const { systemctl, timeoutMs } = parts
  const facts = await waitForQuiet(action, parts)
  if (!isRunning(facts)) throw failed(action, `it is ${facts.activeState}`)
  await systemctl.request('reload', action.unit)
  const after = await systemctl.settled(action.unit, timeoutMs)
  if (after === undefined) throw await tooLate(action, 'did not finish', parts)
  if (after.reloadResult !== '' && after.reloadResult !== 'success') throw failed(action, after.reloadResult)
  await mustBeActive(action, parts)
}

async function apiReload(action: PendingAction, parts: ActionParts): Promise<void> {
  const { mattermost } = parts
  const facts = await waitForQuiet(action, parts)
  if (!isRunning(facts)) throw failed(action, `it is ${facts.activeState}`)
  if (!(await mattermost.reachable())) {
    throw new TeamchatError(
      'mattermost.unreachable',
      'cannot reload the configuration: Mattermost does not answer on its local socket',
      {
        hint: `it is tried again; if its local mode is off, restart it once: systemctl restart ${action.unit}`,
      },
    )
  }
  let missed: typeof parts.reloaded = []
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    await parts.settle?.()
    await mattermost.reloadConfig()
    const live = (await mattermost.config()) as Json
    missed = parts.reloaded.filter(
      setting => !sameValue(setting.compare, valueAt(live, setting.path), setting.value),
    )
    const moved = await parts.settle?.()
    if (missed.length === 0 && moved !== true) return
    // Without a move in the file another reload would read the same.
    if (moved !== true) break
  }
  if (missed.length === 0) return
  const names = missed.map(setting => setting.name).join(', ')
  throw failed(
    action,
    `Mattermost did not take over ${names}`,
    'does its unit set them with MM_… variables? see systemctl cat of the unit; it is tried again',
  )
}

/** The unit once nothing is under way; whoever is on its way is never touched. */
async function waitForQuiet(action: PendingAction, parts: ActionParts): Promise<UnitFacts> {
  const limit = action.issued ? Math.min(SHORT_LOOK_MS, parts.timeoutMs) : parts.timeoutMs
  const facts = await parts.systemctl.settled(action.unit, limit)
  if (facts !== undefined) return facts
  const now = await parts.systemctl.show(action.unit)
  if (now.job === '' && !isBetween(now)) return now
  throw failed(
    action,
    `it is still ${now.activeState}`,
    `it is left alone and looked at again; see journalctl -u ${action.unit} (a Mattermost without its database waits like this), and systemctl restart ${action.unit} once that is mended`,
  )
}

async function mustGetActive(action: PendingAction, parts: ActionParts): Promise<void> {
  const facts = await parts.systemctl.settled(action.unit, parts.timeoutMs)
  if (facts === undefined) throw await tooLate(action, 'did not get active', parts)
  if (!isRunning(facts))
    throw failed(action, `it is ${facts.activeState} (${facts.result || facts.subState})`)
  const sleep = parts.sleep ?? (milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)))
  await sleep(SECOND_LOOK_MS)
  await mustBeActive(action, parts)
}

async function mustBeActive(action: PendingAction, parts: ActionParts): Promise<void> {
  const state = await parts.systemctl.isActive(action.unit)
  if (state !== 'active' && state !== 'reloading') throw failed(action, `it is ${state} afterwards`)
}

async function tooLate(action: PendingAction, what: string, parts: ActionParts): Promise<TeamchatError> {
  await parts.systemctl.cancelJob(action.unit)
  return failed(action, `it ${what} within ${parts.timeoutMs / 1000} s`)
}

function failed(action: PendingAction, reason: string, hint?: string): TeamchatError {
  return new TeamchatError('services.failed', `cannot ${action.verb} ${action.unit}: ${reason}`, {
    hint: hint ?? `see journalctl -u ${action.unit}; it is tried again`,
  })
}
