import { named, requiredVirtualHost } from '../../config/addresses.js'
import type { PropertyChanges } from '../../config/causes.js'
import { type CertificateChoice, chooseCertificate } from '../../config/certificate-choice.js'
import type { Output } from '../../config/outputs/outputs.js'
import { templateVariables } from '../../config/template-variables.js'
import type { Variables } from '../../config/templates/render.js'
import { maskedLines } from '../../config/text/mask.js'
import { TeamchatError } from '../../errors.js'
import type { Paths } from '../../paths.js'
import type { Restore } from '../history/restore.js'
import type { HostState } from '../host/host-state.js'
import type { SiteWorld } from '../host/site-outputs.js'
import { secretForms } from '../secrets.js'

/** The rule for an output that would lose most of itself: refused, only told (a plan), or let through. */
export type ShrinkRule = 'refuse' | 'tell' | 'allow'

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

/** Everything that planning goes by: the host, how the plan is wanted, and which properties of the DB have changed. */
export interface Planning {
  hostState: HostState
  options: PlanOptions
  changed: PropertyChanges
}

type Basis = Pick<Planning, 'hostState' | 'options'>

/** The lines of a text as people may see them. */
export function shownLines({ dataSource, password }: HostState): (text: string) => string[] {
  const secrets = secretForms([dataSource, password])
  return text => maskedLines(text, secrets)
}

/** The variables that templates of this host may use. */
export function variablesOf(planning: Basis): Variables {
  const { hostState, options } = planning
  return {
    ...templateVariables(nameable(hostState), {
      root: options.paths.root,
      isEsmith: options.paths.isEsmith,
      dataSource: hostState.dataSource,
      password: hostState.password,
      certificate: certificateChoice(planning).chosen,
      apacheVersion: hostState.program?.version,
    }),
  }
}

/** The certificate of the vhost, with remarks on it. */
export function certificateChoice({ hostState, options }: Basis): CertificateChoice {
  const settings = nameable(hostState)
  const host = requiredVirtualHost(settings)
  return settings.mattermost.webServer === 'apache'
    ? chooseCertificate(hostState.certificates, host, options.now.getTime())
    : { chosen: undefined, notes: [] }
}

/** An adopted site whose web server is its own may do without a name. */
function nameable({ state, settings }: HostState): HostState['settings'] {
  return state.adoptedAt !== undefined && settings.mattermost.webServer === 'none'
    ? named(settings)
    : settings
}

/** Throws `template.invalid` where the package has lost it. */
export function outputOf({ outputs, paths }: Pick<PlanOptions, 'outputs' | 'paths'>, name: string): Output {
  const output = outputs.get(name)
  if (output !== undefined) return output
  throw new TeamchatError(
    'template.invalid',
    `cannot render ${name}: its folder is missing in ${paths.templatesFolder}`,
    { hint: 'put the files of the package back' },
  )
}

/** The access that the package's own output has where it is new; only outputs of the site name users. */
export function accessOf({ definition: { mode, owner } }: Output): {
  mode: number
  owner: 'folder' | 'root'
} {
  return { mode: Number.parseInt(mode, 8), owner: owner === 'folder' ? 'folder' : 'root' }
}

/**
 * Refuses (`check.failed`) or tells, in the notes that it returns, of an output that would lose most of itself, which is a
 * broken template or a lost value more often than a wish. `lost`: in words, undefined where it would not.
 */
export function checkShrink(name: string, lost: string | undefined, shrink: ShrinkRule): string[] {
  if (lost === undefined || shrink === 'allow') return []
  if (shrink === 'tell') return [`${name}: ${lost}: only teamchat apply --force does that`]
  throw new TeamchatError('check.failed', `cannot write ${name}: ${lost}`, {
    hint: 'nothing was changed; look at teamchat plan, correct the template or the setting, or type: teamchat apply --force',
  })
}
