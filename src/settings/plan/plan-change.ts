import { dirname } from 'node:path'
import { concerningProperties, PropertyChanges } from '../../config/causes.js'
import { CONFIG_OUTPUT } from '../../config/outputs/definition.js'
import { planServices, type ServicePlan } from '../../config/services/plan.js'
import { TeamchatError } from '../../errors.js'
import { hadNoVhost } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import { type ChangePlan, combineParts, type PlanPart } from './change-plan.js'
import { planConfig } from './config.js'
import type { PlanOptions } from './planning.js'
import { planSiteOutputs } from './site-outputs.js'
import { planRemoval, planVhost } from './vhost.js'

/**
 * Works out every file and action from what was read; writes nothing. Throws what forbids to go on: a setting, a
 * template, a certificate or a vhost that cannot be used.
 */
export function planChange(hostState: HostState, options: PlanOptions): ChangePlan {
  const { settings, state } = hostState
  const { restore } = options
  const after = restore.pin?.properties ?? concerningProperties(settings)
  const planning = { hostState, options, changed: new PropertyChanges(state.properties, after) }
  const isEnabled = settings.mattermost.status === 'enabled'
  if (isEnabled) checkHost(hostState, options)
  const config = isEnabled ? planConfig(planning) : { parts: [], changes: [] }
  const serves = isEnabled && settings.mattermost.webServer === 'apache' && !hadNoVhost(restore.generation)
  const vhost = serves ? planVhost(planning) : planRemoval(planning)
  const site = planSiteOutputs(planning)
  const services = servicesFor(hostState, options, {
    leaves: [...config.changes, { how: 'restart', causes: site.mattermost }],
    vhost:
      vhost.causes === undefined && site.apache.length === 0
        ? undefined
        : [...(vhost.causes ?? []), ...site.apache],
  })
  return combineParts(state, options.site.units, [
    rollbackPart(options),
    ...config.parts,
    ...vhost.parts,
    ...site.parts,
    servicesPart(services, hostState),
    { services: { actions: site.actions } },
  ])
}

function rollbackPart({ restore }: PlanOptions): PlanPart {
  const remember = restore.pin === undefined ? {} : { pin: restore.pin }
  return { remarks: { notes: restore.notes }, next: { remember } }
}

function servicesFor(
  hostState: HostState,
  { insist }: PlanOptions,
  causes: Pick<Parameters<typeof planServices>[0], 'leaves' | 'vhost'>,
): ServicePlan {
  const { settings, state } = hostState
  const status = settings.mattermost.status ?? 'disabled'
  const applied = state.applied?.status
  return planServices({
    ...causes,
    status,
    statusChange: applied === status ? undefined : `mattermost.status ${applied ?? '(not set)'} → ${status}`,
    insist,
    webServer: settings.mattermost.webServer,
    webServerEnabled: settings.httpd.enabled,
    mattermost: hostState.unit,
    apache: hostState.apacheUnit,
    owed: state.owed,
    notAtBoot: state.notAtBoot === true && (applied ?? status) === status,
  })
}

function servicesPart({ actions, notes, drift }: ServicePlan, { unit }: HostState): PlanPart {
  const untouched = unit === undefined ? ['services are not touched (--root without TEAMCHAT_SYSTEMCTL)'] : []
  return { services: { actions }, remarks: { notes: [...notes, ...untouched], drift } }
}

/** Throws where Mattermost cannot run here as the DB says. */
function checkHost(hostState: HostState, { paths, shrink }: PlanOptions): void {
  checkUnit(hostState)
  checkHome(hostState, paths.root)
  if (shrink !== 'allow') checkConfigThere(hostState)
}

function checkUnit({ unit, settings }: HostState): void {
  if (unit === undefined || unit.loadState !== 'not-found') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot run Mattermost: there is no unit ${settings.mattermost.unit}`,
    {
      hint: 'name it: teamchat config setprop mattermost Unit NAME.service (systemctl list-unit-files lists them)',
    },
  )
}

/** A new one in the place of one that was lost would have none of Mattermost's own settings and keys, and be restarted on. */
function checkConfigThere({ live, configFile, state }: HostState): void {
  const wasThere = state.applied?.status === 'enabled' || Object.hasOwn(state.outputs, CONFIG_OUTPUT)
  if (live !== undefined || !wasThere) return
  throw new TeamchatError('check.failed', `cannot go on without ${configFile}: it was there and is gone`, {
    hint: 'nothing was changed; put it back, from a backup if need be, and run teamchat apply; or let Mattermost begin with a fresh one, without its own settings and keys: teamchat apply --force',
  })
}

function checkHome({ hasConfigFolder, configFile }: HostState, root: string): void {
  if (hasConfigFolder || root !== '') return
  throw new TeamchatError(
    'settings.invalid',
    `cannot set up Mattermost: there is no folder ${dirname(configFile)}`,
    {
      hint: 'install it there, or say where it is: teamchat config setprop mattermost Home FOLDER; teamchat adopt --dry-run finds one that runs already',
    },
  )
}
