import type { Account } from '../../../src/directory/account.js'
import type { MattermostUser } from '../../../src/mattermost/types.js'
import type { Link } from '../../../src/people/types.js'

/** An account as most are; everything can be said otherwise. */
export function account(login: string, more: Partial<Account> = {}): Account {
  return {
    id: `uuid-${login.toLowerCase()}`,
    login,
    dn: `uid=${login},ou=People,dc=directory,dc=nh`,
    mails: [`${login.toLowerCase()}@example.org`],
    givenName: '',
    surname: login,
    displayName: login,
    title: '',
    locked: false,
    expired: false,
    endsAt: undefined,
    passwordExpired: false,
    system: false,
    excluded: false,
    groupOrder: 0,
    ...more,
  }
}

/** An id of Mattermost's form that begins with the given letters. */
export function idOf(text: string): string {
  return text
    .replaceAll(/[^a-z0-9]/g, '')
    .padEnd(26, '0')
    .slice(0, 26)
}

export function user(username: string, more: Partial<MattermostUser> = {}): MattermostUser {
  return {
    id: idOf(username),
    username,
    email: `${username}@example.org`,
    first_name: '',
    last_name: username,
    nickname: '',
    position: '',
    roles: 'system_user',
    create_at: 1_700_000_000_000,
    delete_at: 0,
    ...more,
  }
}

export function link(login: string, more: Partial<Link> = {}): Link {
  return {
    provider: 'ldap://127.0.0.1',
    accountId: `uuid-${login.toLowerCase()}`,
    login,
    userId: idOf(login),
    origin: 'created',
    linkedAt: '2026-01-01T00:00:00.000Z',
    joinedTeams: [],
    ...more,
  }
}
