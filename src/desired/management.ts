/** What came of it; `stories/operations` has the same shape for the commands. */
export type ManagementDecision =
  | { state: 'managed' }
  | { state: 'unmanaged' | 'held' | 'refused'; reason: string; hint: string }
  | { state: 'not-adopted'; reason: string; hint: string; differences: string[] }

/** What decides whether this Mattermost is ours to touch. */
export interface ManagementFacts {
  /** The explicit `status` of the record `mattermost`. */
  status: 'enabled' | 'disabled' | undefined
  /** There is such a record. */
  mattermostRecord: boolean
  /** True once we have written here, or the site was adopted. */
  known: boolean
  /** An adoption began and did not end. */
  adopting: boolean
  /** Adopted, and `teamchat apply` has not been said. */
  held: boolean
  /** What forbids managing whatever the site says: a configuration in the database, the old module. */
  obstacle: { reason: string; hint: string } | undefined
  /** A line each: enforced leaves and vhosts that are the site's own; secrets masked. */
  differences: string[]
}

export type Obstacle = NonNullable<ManagementFacts['obstacle']>

/** Nobody has asked for anything; the hint is the one command that fits. */
export function unmanaged(mattermostRecord: boolean): ManagementDecision {
  const command = mattermostRecord ? 'setprop mattermost' : 'set mattermost service'
  return {
    state: 'unmanaged',
    reason: 'the record mattermost has no explicit status: nothing is written, started or stopped',
    hint: `type: teamchat config ${command} status enabled`,
  }
}

/** The state of the management, in the order of design's "First start". */
export function decideManagement(facts: ManagementFacts): ManagementDecision {
  if (facts.status === undefined) {
    return unmanaged(facts.mattermostRecord)
  }
  if (facts.obstacle !== undefined) return { state: 'refused', ...facts.obstacle }
  if (facts.adopting) {
    return {
      state: 'not-adopted',
      reason: 'an adoption was interrupted',
      hint: 'run teamchat adopt again',
      differences: facts.differences,
    }
  }
  if (!facts.known && facts.differences.length > 0) {
    return {
      state: 'not-adopted',
      reason: 'this Mattermost has settings or a vhost of its own, and they are left alone',
      hint: 'look at teamchat plan, then run teamchat adopt',
      differences: facts.differences,
    }
  }
  if (facts.held) {
    return {
      state: 'held',
      reason: 'the site was adopted, and nothing is applied before you say so',
      hint: 'look at teamchat plan, then run teamchat apply',
    }
  }
  return { state: 'managed' }
}

/** What the unit's environment says that matters to us. */
export interface EnvironmentFacts {
  /** The variables of the unit, of its files as well. */
  variables: ReadonlyMap<string, string>
  /** Mattermost's configuration file as we know it. */
  configFile: string
  /** The unit's working directory, from which a relative MM_CONFIG counts; '' where unknown. */
  workingDirectory: string
}

/** `MM_CONFIG` that names a database or another file: then config.json is not what Mattermost reads. */
export function configurationElsewhere(facts: EnvironmentFacts): Obstacle | undefined {
  const place = facts.variables.get('MM_CONFIG') ?? ''
  if (place === '') return undefined
  if (/^(postgres|postgresql|mysql):\/\//i.test(place)) {
    return {
      reason: "the unit's MM_CONFIG keeps Mattermost's configuration in the database, which is not supported",
      hint: 'move it into config.json (mmctl config migrate, run by you), take MM_CONFIG out of the unit, then run teamchat plan',
    }
  }
  const full = place.startsWith('/') ? place : `${facts.workingDirectory}/${place}`
  if (full === facts.configFile) return undefined
  return {
    reason: `the unit's MM_CONFIG names ${full}, which is not ${facts.configFile}`,
    hint: 'name the right folder with teamchat config setprop mattermost Home, or take MM_CONFIG out of the unit',
  }
}

/** Notes on variables of the unit that win over our leaves; their names only, since values may be secret. */
export function overridingVariables(variables: ReadonlyMap<string, string>, ours: string[]): string[] {
  return ours
    .filter(name => variables.has(name))
    .map(name => `the unit sets ${name}, which wins over config.json: take it out of the unit`)
}
