import { named, requiredVirtualHost } from '../../config/addresses.js'
import { PropertyChanges } from '../../config/causes.js'
import { chooseCertificate } from '../../config/certificate-choice.js'
import type { DesiredSetting } from '../../config/merge.js'
import type { Output } from '../../config/outputs/outputs.js'
import type { ServicePlan } from '../../config/services/plan.js'
import { templateVariables } from '../../config/template-variables.js'
import type { Variables } from '../../config/templates/render.js'
import { maskedLines } from '../../config/text/mask.js'
import { TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { MissingModule } from '../../services/apache/modules.js'
import type { PlannedFile } from '../../stories/operations.js'
import type { FileStep } from '../../transaction/files.js'
import type { Journal } from '../../transaction/journal.js'
import type { SettingsState } from '../../transaction/state.js'
import type { Restore } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import type { SiteWorld } from '../host/site-outputs.js'
import { secretForms } from '../secrets.js'

/** What would be done, and all that doing it needs. */
export interface ChangePlan {
  files: PlannedFile[]
  steps: FileStep[]
  services: ServicePlan
  notes: string[]
  drift: string[]
  /** What somebody changed that is ours, a line each. */
  putBack: string[]
  /** The database's password must be made up first. */
  createsSecret: boolean
  /** The vhost that Apache must accept; undefined where none is written. */
  vhost: string | undefined
  /** Modules of Apache that are enabled with it, dependencies first. */
  modules: MissingModule[]
  /** Certificates of the vhost that Apache must not load just now, in words. */
  renewing: string[]
  /** The site's own files that Apache will not read any more. */
  without: string[]
  /** Leaves that an API reload must bring into force. */
  reloaded: DesiredSetting[]
  /** What the state remembers once the files are in place. */
  leaves: SettingsState['leaves']
  outputs: SettingsState['outputs']
  remember: Pick<
    SettingsState,
    | 'siteOutputs'
    | 'rendered'
    | 'pin'
    | 'kept'
    | 'takenVhosts'
    | 'modules'
    | 'retiredAt'
    | 'retiring'
    | 'certificates'
  >
  /** What the DB says otherwise than when files were last written. */
  changed: PropertyChanges
  /** Every output that stands once it is done, changed or not; `leaves`: those of config.json that are ours. */
  inForce: Journal['outputs']
  /** Units besides Mattermost's and Apache's that actions may touch. */
  units: SiteWorld['units']
  /** What the site's own programs must accept before anything is written. */
  checks: SiteCheck[]
}

/** A draft that does nothing yet. */
export function emptyPlan(state: Pick<SettingsState, 'leaves' | 'outputs'>): ChangePlan {
  return {
    files: [],
    steps: [],
    services: { actions: [], notes: [], drift: [] },
    notes: [],
    drift: [],
    putBack: [],
    createsSecret: false,
    vhost: undefined,
    modules: [],
    renewing: [],
    without: [],
    reloaded: [],
    leaves: state.leaves,
    outputs: state.outputs,
    remember: {},
    changed: new PropertyChanges(undefined, {}),
    inForce: [],
    units: new Map(),
    checks: [],
  }
}

/** A candidate and the program that tests it; `{file}` among its words is where the candidate lies. */
export interface SiteCheck {
  output: string
  path: string
  text: string
  program: string[]
}

/** What happens with an output that would lose most of itself: refused, only told (a plan), or let through. */
export type ShrinkRule = 'refuse' | 'tell' | 'allow'

/** The outputs' names, which are their folders' below `templates/`. */
export const CONFIG_OUTPUT = 'config.json'
export const VHOST_OUTPUT = 'mattermost.conf'

export interface PlanOptions {
  paths: Paths
  outputs: ReadonlyMap<string, Output>
  /** The site's own outputs. */
  site: SiteWorld
  /** `teamchat apply`. */
  insist: boolean
  /** Somebody has asked for it: then what stems from new templates alone waits no longer. */
  asked: boolean
  /** A rollback that is in force. */
  restore: Restore
  shrink: ShrinkRule
  now: Date
}

export { sha256 as hashOf } from '../../config/hash.js'

/** The lines of a text as people may see them. */
export function shownLines({ dataSource, password }: HostState): (text: string) => string[] {
  const secrets = secretForms([dataSource, password])
  return text => maskedLines(text, secrets)
}

/** What the templates of this world may use; `notes` gets remarks on the certificate. */
export function variablesOf(hostState: HostState, options: PlanOptions, notes: string[] = []): Variables {
  // An adopted site whose web server is its own may do without a name.
  const { settings } =
    hostState.state.adoptedAt !== undefined && hostState.settings.mattermost.webServer === 'none'
      ? { settings: named(hostState.settings) }
      : hostState
  const host = requiredVirtualHost(settings)
  const apache = settings.mattermost.webServer === 'apache'
  const choice = apache
    ? chooseCertificate(hostState.certificates, host, options.now.getTime())
    : { chosen: undefined, notes: [] }
  notes.push(...choice.notes)
  return {
    ...templateVariables(settings, {
      root: options.paths.root,
      isEsmith: options.paths.isEsmith,
      dataSource: hostState.dataSource,
      password: hostState.password,
      certificate: choice.chosen,
      apacheVersion: hostState.program?.version,
    }),
  }
}

/** Throws `template.invalid` where the package has lost it. */
export function outputOf(options: PlanOptions, name: string): Output {
  const output = options.outputs.get(name)
  if (output !== undefined) return output
  throw new TeamchatError(
    'template.invalid',
    `cannot render ${name}: its folder is missing in ${options.paths.templatesFolder}`,
    {
      hint: 'put the files of the package back',
    },
  )
}

/**
 * Refuses (`check.failed`) or tells an output that would lose most of itself, which is a broken template or a lost value
 * more often than a wish. `lost`: in words, undefined where it would not.
 */
export function checkShrink(
  name: string,
  lost: string | undefined,
  options: PlanOptions,
  changePlan: ChangePlan,
): void {
  if (lost === undefined || options.shrink === 'allow') return
  if (options.shrink === 'tell') {
    changePlan.notes.push(`${name}: ${lost}: only teamchat apply --force does that`)
    return
  }
  throw new TeamchatError('check.failed', `cannot write ${name}: ${lost}`, {
    hint: 'nothing was changed; look at teamchat plan, correct the template or the setting, or type: teamchat apply --force',
  })
}
