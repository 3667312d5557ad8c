import { type HostIdentity, hostDifferences } from '../../sync/host.js'
import type { PeopleState } from '../../sync/state.js'
import type { Check } from './check.js'
import { pass, type Said, skip, warn } from './finding.js'

/** Whether this is the host, and the Mattermost, whose people are kept here. */
export const hostCheck: Check = {
  name: 'host',
  look: async ({ people, client, silence }, signal) => {
    const known = await people.host()
    const machine = await people.machine()
    if ((await silence()) !== undefined) return judgeHost(known, { machine, mattermost: undefined })
    const { diagnosticId } = await client.until(signal).serverFacts()
    return judgeHost(known, { machine, mattermost: diagnosticId === '' ? undefined : diagnosticId })
  },
}

export function judgeHost(known: PeopleState['host'], seen: HostIdentity): Said[] {
  if (known === undefined) return [skip('nobody was brought into Mattermost yet')]
  const differences = hostDifferences(known, seen)
  if (differences.length === 0) return [pass('', 'the machine and the Mattermost whose people are kept here')]
  return [
    warn(
      '',
      `restored or cloned? ${differences.join('; ')}; nobody is changed on it`,
      'teamchat users plan; then teamchat users accept-host; on a copy: teamchat config setprop mattermost UserSync off',
    ),
  ]
}
