import type { PlannedFile } from '../../api/contract/settings.js'
import type { DesiredSetting } from '../../config/merge.js'
import type { PendingAction } from '../../config/services/pending-action.js'
import type { MissingModule } from '../../services/apache/modules.js'
import type { UnitFacts } from '../../services/systemd.js'
import type { FileStep } from '../../transaction/files.js'
import type { Journal } from '../../transaction/journal.js'
import type { SettingsState } from '../../transaction/state.js'

/** Everything that a run would do, and all that doing it needs. A value: nothing changes it once it is made. */
export interface ChangePlan {
  /** Each file that changes, as people see it. */
  readonly files: readonly PlannedFile[]
  readonly remarks: Remarks
  readonly steps: readonly FileStep[]
  readonly services: PlannedServices
  readonly apache: ApacheCandidate
  /** Candidates that the site's own programs must accept before anything is written. */
  readonly checks: readonly SiteCheck[]
  /** The database's password must be made up first. */
  readonly createsSecret: boolean
  /** The part of the state that is another one once the files are in place. */
  readonly next: NextState
  /** Every output that stands once it is done, changed or not; `leaves`: those of config.json that are ours. */
  readonly inForce: Journal['outputs']
}

/** Lines for people. */
export interface Remarks {
  readonly notes: readonly string[]
  /** Edits and hand-made states that stay. */
  readonly drift: readonly string[]
  /** Edits by somebody else that are reverted. */
  readonly putBack: readonly string[]
  /** Certificates of the vhost that Apache must not load just now. */
  readonly renewing: readonly string[]
}

export interface PlannedServices {
  /** In the order in which they are done. */
  readonly actions: readonly PendingAction[]
  /** Leaves that an API reload must bring into force. */
  readonly reloaded: readonly DesiredSetting[]
  /** Units besides Mattermost's and Apache's that actions may touch. */
  readonly units: ReadonlyMap<string, UnitFacts>
}

/** What Apache would read otherwise than now. */
export interface ApacheCandidate {
  /** The vhost that Apache must accept; undefined where none is written. */
  readonly vhost: string | undefined
  /** Modules that are enabled with it, dependencies first. */
  readonly modules: readonly MissingModule[]
  /** The site's own files that Apache will not read any more. */
  readonly without: readonly string[]
}

type Remembered = Pick<
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

export interface NextState {
  readonly leaves: SettingsState['leaves']
  readonly outputs: SettingsState['outputs']
  readonly remember: Remembered
}

/** A candidate and the program that tests it; `{file}` among its words is where the candidate lies. */
export interface SiteCheck {
  output: string
  path: string
  text: string
  program: string[]
}

/** What one output, or one concern of an output, adds to a plan. */
export interface PlanPart
  extends Partial<Pick<ChangePlan, 'files' | 'steps' | 'checks' | 'createsSecret' | 'inForce'>> {
  remarks?: Partial<Remarks>
  services?: Partial<Omit<PlannedServices, 'units'>>
  apache?: Partial<ApacheCandidate>
  /** Leaves replace those of the state; hashes of outputs and what is rendered are added by output. */
  next?: Partial<NextState>
}

/** A plan of these parts, in their order; what no part says stays as it is in the state. */
export function combineParts(
  state: Pick<SettingsState, 'leaves' | 'outputs' | 'rendered'>,
  units: ReadonlyMap<string, UnitFacts>,
  parts: readonly PlanPart[],
): ChangePlan {
  const remarks = (kind: keyof Remarks) => parts.flatMap(part => part.remarks?.[kind] ?? [])
  const last = <T>(values: (T | undefined)[]): T | undefined => values.findLast(value => value !== undefined)
  const rendered = parts.map(part => part.next?.remember?.rendered).filter(one => one !== undefined)
  return {
    files: parts.flatMap(part => part.files ?? []),
    remarks: {
      notes: remarks('notes'),
      drift: remarks('drift'),
      putBack: remarks('putBack'),
      renewing: remarks('renewing'),
    },
    steps: parts.flatMap(part => part.steps ?? []),
    services: {
      actions: parts.flatMap(part => part.services?.actions ?? []),
      reloaded: parts.flatMap(part => part.services?.reloaded ?? []),
      units,
    },
    apache: {
      vhost: last(parts.map(part => part.apache?.vhost)),
      modules: parts.flatMap(part => part.apache?.modules ?? []),
      without: parts.flatMap(part => part.apache?.without ?? []),
    },
    checks: parts.flatMap(part => part.checks ?? []),
    createsSecret: parts.some(part => part.createsSecret === true),
    next: {
      leaves: last(parts.map(part => part.next?.leaves)) ?? state.leaves,
      outputs: Object.assign({}, state.outputs, ...parts.map(part => part.next?.outputs)),
      remember: {
        ...Object.assign({}, ...parts.map(part => part.next?.remember)),
        ...(rendered.length === 0 ? {} : { rendered: Object.assign({}, state.rendered, ...rendered) }),
      },
    },
    inForce: parts.flatMap(part => part.inForce ?? []),
  }
}

/** The plan with more for the state to remember. */
export function remembering(changePlan: ChangePlan, more: Remembered): ChangePlan {
  const { next } = changePlan
  return { ...changePlan, next: { ...next, remember: { ...next.remember, ...more } } }
}

/** The parts of one output, and why services must look again; undefined where they need not. */
export interface OutputPlan {
  parts: PlanPart[]
  causes: string[] | undefined
}
