import type { NamedRead } from '../../directory/account.js'
import type { Check } from './check.js'
import { fail, pass, type Said, skip, warn } from './finding.js'

/** Nobody has it; the read shows that the bind works and that people are seen, and costs next to nothing. */
const NOBODY = 'teamchat-doctor-looks'

/** The account provider lets us in, and shows people. */
export const providerCheck: Check = {
  name: 'provider',
  unless: ({ settings }) => (settings.mattermost.userSync === 'off' ? 'UserSync=off' : undefined),
  look: async ({ settings, provider }, signal) => {
    if (settings.provider.provider === 'none')
      return judgeNoProvider(settings.mattermost.status !== undefined)
    const directory = provider(settings)
    const read = await directory.readNamed({ logins: [NOBODY], ids: [] }, signal)
    return judgeRead(read, directory.description)
  },
}

function judgeNoProvider(managed: boolean): Said[] {
  if (!managed) return [skip('the record sssd names no account provider')]
  return [
    warn(
      'sssd',
      'no account provider is named: events for people wait',
      'teamchat config setprop sssd Provider ldap LdapURI ldaps://ldap.example.org (or: teamchat config setprop mattermost UserSync off)',
    ),
  ]
}

export function judgeRead(
  { othersSeen, locksKnown }: Pick<NamedRead, 'othersSeen' | 'locksKnown'>,
  place: string,
): Said[] {
  if (!othersSeen) {
    return [
      fail(
        place,
        'it lets us in and shows nobody',
        'teamchat config setprop sssd UserDN ou=People,dc=example,dc=org (or let the bind account read the people)',
      ),
    ]
  }
  if (!locksKnown) {
    return [
      warn(
        place,
        'it shows people and nobody’s userPassword, so locked people cannot be told from others',
        'let the bind account read userPassword, or name one that may: teamchat config setprop sssd BindDN DN',
      ),
    ]
  }
  return [pass(place, 'it lets us in and shows people')]
}
