import { areLinksLost, type HostIdentity, hostDifferences, LOST_HINT } from '../people/links/host.js'
import type { PeopleState } from '../people/state.js'
import type { Check } from './check.js'
import { pass, type Said, skip, warn } from './finding.js'

/** Whether this is the host, and the Mattermost, whose people are kept here. */
export const hostCheck: Check = {
  name: 'host',
  look: async ({ people, client, silence }, signal) => {
    const known = await people.host()
    const machine = await people.machine()
    const links = people.areLinksThere()
    if ((await silence()) !== undefined) return assessHost(known, { machine, mattermost: undefined, links })
    const { diagnosticId } = await client.until(signal).serverFacts()
    return assessHost(known, { machine, mattermost: diagnosticId === '' ? undefined : diagnosticId, links })
  },
}

export function assessHost(known: PeopleState['host'], inputs: HostIdentity): Said[] {
  if (known === undefined) return [skip('nobody was brought into Mattermost yet')]
  const differences = hostDifferences(known, inputs)
  const isLost = areLinksLost(known, inputs)
  if (differences.length === 0) return [pass('', 'the machine and the Mattermost whose people are kept here')]
  return [
    warn(
      '',
      `${isLost ? '' : 'restored or cloned? '}${differences.join('; ')}; nobody is changed on it`,
      isLost
        ? LOST_HINT
        : 'teamchat users plan; then teamchat users accept-host; on a copy: teamchat config setprop mattermost UserSync off',
    ),
  ]
}
