/** The outcome; `api/contract/settings` has the same shape for the commands. */
export type ManagementDecision =
  | { state: 'managed' }
  | { state: 'unmanaged' | 'held' | 'refused'; reason: string; hint: string }
  | { state: 'not-adopted'; reason: string; hint: string; differences: string[] }

/** Facts that decide whether this Mattermost is ours to touch. */
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
  /** When `teamchat retire` gave the host back; undefined where it did not. */
  retiredAt: string | undefined
  /** The obstacle to managing whatever the site says: a configuration in the database, the old module. */
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

/** Given back by `teamchat retire`: nothing counts until the next adoption. */
export function retired(at: string): ManagementDecision {
  return {
    state: 'unmanaged',
    reason: `this Mattermost was given back by teamchat retire (${at}): nothing is written, started or stopped`,
    hint: 'type: teamchat adopt (it takes it over again)',
  }
}

/** The state of the management, in the order of design's "First start". */
export function decideManagement(facts: ManagementFacts): ManagementDecision {
  if (facts.retiredAt !== undefined) return retired(facts.retiredAt)
  if (facts.status === undefined) return unmanaged(facts.mattermostRecord)
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

/** What the unit says of where Mattermost's configuration lies. */
export interface ConfigurationFacts {
  /** The variables of the unit, of its files as well. */
  variables: ReadonlyMap<string, string>
  /** The words of its command line. */
  command: readonly string[]
  /** Mattermost's configuration file as we know it. */
  configFile: string
  /** The unit's working directory, from which a relative place counts; '' where unknown. */
  workingDirectory: string
}

/**
 * Where Mattermost reads its configuration from and who says so; undefined where nobody does. `--config` and `-c` win
 * over MM_CONFIG (getConfigDSN in Mattermost's commands).
 */
export function statedConfiguration(
  facts: Pick<ConfigurationFacts, 'variables' | 'command'>,
): { place: string; by: string } | undefined {
  const { variables, command } = facts
  for (const [index, word] of command.entries()) {
    const [, flag, joined] = /^(--config|-c)(?:=?(.*))?$/s.exec(word) ?? []
    if (flag === undefined || (flag === '--config' && /^--config[^=]/.test(word))) continue
    const said = joined || (word.endsWith('=') ? '' : (command[index + 1] ?? ''))
    const place = said.replaceAll(
      /\$\{(\w+)\}|\$(\w+)/g,
      (_all, braced, plain) => variables.get(braced ?? plain) ?? '',
    )
    if (place !== '') return { place, by: `${flag} in the unit's ExecStart` }
  }
  const place = variables.get('MM_CONFIG') ?? ''
  return place === '' ? undefined : { place, by: "the unit's MM_CONFIG" }
}

/** A database or another file that the unit names: then config.json is not what Mattermost reads. */
export function configurationElsewhere(facts: ConfigurationFacts): Obstacle | undefined {
  const stated = statedConfiguration(facts)
  if (stated === undefined) return undefined
  const { place, by } = stated
  const what = by.startsWith('-') ? by.split(' ')[0] : 'MM_CONFIG'
  if (/^(postgres|postgresql|mysql):\/\//i.test(place)) {
    return {
      reason: `${by} keeps Mattermost's configuration in the database, which is not supported`,
      hint: `move it into config.json (mmctl config migrate, run by you), take ${what} out of the unit, then run teamchat plan`,
    }
  }
  const full = place.startsWith('/') ? place : `${facts.workingDirectory}/${place.replace(/^\.\//, '')}`
  // Mattermost looks for a bare name in the folder config as well.
  const beside = place.includes('/') ? full : `${facts.workingDirectory}/config/${place}`
  if (full === facts.configFile || beside === facts.configFile) return undefined
  return {
    reason: `${by} names ${full}, which is not ${facts.configFile}`,
    hint: `name the right folder with teamchat config setprop mattermost Home, or take ${what} out of the unit`,
  }
}

/** Notes on variables of the unit that win over our leaves; their names only, since values may be secret. */
export function overridingVariables(variables: ReadonlyMap<string, string>, ours: string[]): string[] {
  return ours
    .filter(name => variables.has(name))
    .map(name => `the unit sets ${name}, which wins over config.json: take it out of the unit`)
}
