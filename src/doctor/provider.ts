import type { NamedRead } from '../directory/account.js'
import type { Check } from './check.js'
import { fail, pass, type Said, skip, warn } from './finding.js'

/** Nobody has it; the read shows that the bind works and that people are seen, and costs next to nothing. */
const NOBODY = 'teamchat-doctor-looks'

/** The account provider lets us in, and shows people. */
export const providerCheck: Check = {
  name: 'provider',
  unless: ({ settings }) => (settings.mattermost.userSync === 'off' ? 'UserSync=off' : undefined),
  look: async ({ settings, provider }, signal) => {
    if (settings.provider.provider === 'none') {
      const recorded = [...settings.explicit].some(property => property.startsWith('sssd.'))
      return judgeNoProvider({ managed: settings.mattermost.status !== undefined, recorded })
    }
    const directory = provider(settings)
    const read = await directory.readNamed({ logins: [NOBODY], ids: [] }, signal)
    return judgeRead(read, directory.description)
  },
}

/** `recorded`: there is a record sssd; setprop does nothing without one. */
export function judgeNoProvider({ managed, recorded }: { managed: boolean; recorded: boolean }): Said[] {
  if (!managed) return [skip('the record sssd names no account provider')]
  return [
    warn(
      'sssd',
      'no account provider is named: events for people wait',
      `teamchat config ${recorded ? 'setprop sssd' : 'set sssd service'} Provider ldap LdapURI ldaps://ldap.example.org  # nobody to follow: teamchat config setprop mattermost UserSync off`,
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
        'teamchat config setprop sssd UserDN ou=People,dc=example,dc=org  # or let the bind account read the people',
      ),
    ]
  }
  if (!locksKnown) {
    return [
      warn(
        place,
        'it shows people and nobody’s userPassword, so locked people cannot be told from others',
        'teamchat config setprop sssd BindDN DN  # one that may read userPassword, or let this one read it',
      ),
    ]
  }
  return [pass(place, 'it lets us in and shows people')]
}
