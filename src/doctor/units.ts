import { isBetween, type UnitFacts } from '../services/systemd.js'
import { belowRoot, type Check, notApache } from './check.js'
import { fail, pass, type Said, warn } from './finding.js'
import type { View } from './view.js'

/** What the DB wants of a unit. */
export interface UnitExpectation {
  running: boolean
  /** Started with the machine. */
  enabled: boolean
}

const NO_MANAGER = '--root: no service is touched (TEAMCHAT_SYSTEMCTL is not set)'
const noManager = (view: View) => (view.unit === undefined ? NO_MANAGER : undefined)

/** Mattermost's unit is loaded, active and enabled as the DB says. */
export const mattermostUnitCheck: Check = {
  name: 'mattermost unit',
  unless: noManager,
  look: async ({ unit, settings }) => {
    const facts = await unit?.(settings.mattermost.unit)
    if (facts === undefined) return []
    const { status } = settings.mattermost
    if (status === undefined) {
      return [pass(facts.unit, `${stateOf(facts)}; the DB does not say what it should be (not managed)`)]
    }
    const wanted = status === 'enabled'
    const missing = 'install its unit, or name it: teamchat config setprop mattermost Unit NAME.service'
    return judgeUnit(facts, { running: wanted, enabled: wanted }, missing)
  },
}

/** The web server's unit runs; it is never stopped or disabled by us, whatever the DB says. */
export const apacheUnitCheck: Check = {
  name: 'apache unit',
  unless: view =>
    noManager(view) ??
    notApache(view) ??
    (view.settings.mattermost.status === 'enabled'
      ? undefined
      : 'Mattermost is not wanted, so it is not needed'),
  look: async ({ unit, apache, settings }) => {
    const facts = await unit?.(apache.unit)
    if (facts === undefined) return []
    const missing =
      'install it, or leave the web server to the site: teamchat config setprop mattermost WebServer none'
    return judgeUnit(facts, { running: true, enabled: settings.httpd.enabled }, missing)
  },
}

/** Our own unit runs: without it nothing follows the DB and the directory. */
export const daemonUnitCheck: Check = {
  name: 'teamchatd unit',
  unless: view => noManager(view) ?? belowRoot(view),
  look: async ({ unit, settings }) => {
    const facts = await unit?.('teamchatd.service')
    if (facts === undefined) return []
    const found = judgeUnit(
      facts,
      { running: true, enabled: true },
      'cp "$(npm root --global)/teamchatd/systemd/teamchatd.service" /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now teamchatd',
    )
    // Nothing is missed on a host that it does not manage.
    return settings.mattermost.status === undefined
      ? found.map(said => (said.verdict === 'fail' ? { ...said, verdict: 'warn' } : said))
      : found
  },
}

/** `missing`: what to do where there is no such unit. */
export function judgeUnit(facts: UnitFacts, setting: UnitExpectation, missing: string): Said[] {
  const { unit } = facts
  if (facts.loadState === 'not-found')
    return setting.running ? [fail(unit, 'there is no such unit', missing)] : [pass(unit, 'there is none')]
  if (facts.loadState === 'masked' || facts.unitFileState.startsWith('masked'))
    return setting.running
      ? [fail(unit, 'it is masked', `systemctl unmask ${unit} && systemctl start ${unit}`)]
      : [pass(unit, 'masked')]
  if (facts.loadState !== 'loaded')
    return [fail(unit, `it cannot be loaded (${facts.loadState})`, `systemd-analyze verify ${unit}`)]
  if (
    setting.running &&
    setting.enabled &&
    facts.activeState === 'inactive' &&
    facts.unitFileState === 'disabled'
  )
    return [fail(unit, 'it is inactive and not enabled', `systemctl enable --now ${unit}`)]
  const found = [...judgeActive(facts, setting), ...judgeEnabled(facts, setting)]
  return found.length > 0 ? found : [pass(unit, `${stateOf(facts)}, as it should be`)]
}

function judgeActive(facts: UnitFacts, setting: UnitExpectation): Said[] {
  const { unit, activeState } = facts
  if (isBetween(facts)) {
    return [warn(unit, `it is ${activeState}: look again when it has settled`, `journalctl -u ${unit} -n 50`)]
  }
  if (!setting.running) {
    return activeState === 'active'
      ? [fail(unit, 'it runs, and the DB says status=disabled', 'teamchat apply')]
      : []
  }
  if (activeState === 'active') return []
  return activeState === 'failed' || facts.subState.startsWith('auto-restart')
    ? [fail(unit, `it has failed (${facts.result || activeState})`, `journalctl -u ${unit} -n 50`)]
    : [fail(unit, `it is ${activeState}`, `systemctl start ${unit}`)]
}

/** A unit that is static, generated or started by something else is nobody's to enable. */
function judgeEnabled({ unit, unitFileState: state }: UnitFacts, setting: UnitExpectation): Said[] {
  if (setting.enabled && state === 'disabled')
    return [warn(unit, 'it is not enabled: it will not start with the machine', `systemctl enable ${unit}`)]
  if (!setting.running && state === 'enabled')
    return [warn(unit, 'it is enabled: it will start with the machine', `systemctl disable ${unit}`)]
  return []
}

function stateOf(facts: UnitFacts): string {
  if (facts.loadState === 'not-found') return 'there is no such unit'
  return facts.unitFileState === '' ? facts.activeState : `${facts.activeState} and ${facts.unitFileState}`
}
