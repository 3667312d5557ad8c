import * as check from './schema-checks.js'
import type { KnownProperty } from './schema-known.js'

/** How people follow the directory, and how much one hour may change of them. */
export const followingProperties: Omit<KnownProperty, 'record'>[] = [
  {
    property: 'EmailFrom',
    type: 'mail|name',
    fallback: 'mail',
    why: 'the address that the directory knows is the one that is read',
    help: 'Where e-mail addresses come from: the attribute mail, else login@DomainName; or the other way round.',
    usedBy: ['people story: e-mail addresses of users'],
    check: check.isOneOf('mail', 'name'),
  },
  {
    property: 'GoneAfter',
    type: 'hours, or a number with s, m, h or d',
    fallback: '24',
    why: 'a fault of the directory is found within a day',
    help: 'How long a linked person must be gone from the directory before the user is deactivated (user-delete: at once).',
    usedBy: ['people story: deactivation of people who are gone'],
    check: check.isDuration,
  },
  {
    property: 'MaxDeactivate',
    type: 'number',
    fallback: '<gone: a tenth of the linked people, 2 to 5; locked, ended, deleted: a tenth, at least 5>',
    why: 'more than that at once is more often a fault than meant',
    help: 'How many people may be deactivated in an hour without teamchat users sync --confirm; 0: nobody.',
    usedBy: ['people story: brake on deactivations'],
    check: check.isInteger(0, 1_000_000),
  },
  {
    property: 'MaxCreate',
    type: 'number',
    fallback: '100',
    why: 'a class or a department in one go, and not the wrong branch of a directory',
    help: 'How many users automatic runs may create in an hour without teamchat users sync --confirm; 0: nobody.',
    usedBy: ['people story: brake on creations'],
    check: check.isInteger(0, 1_000_000),
  },
  {
    property: 'ReleaseNames',
    type: 'yes|no',
    fallback: 'no',
    why: 'a new person with the name of a former one is rare, and worth a look; in a school it comes every year',
    help: 'Whether automatic runs free the username of a former person, who is gone and deactivated, for a new one.',
    usedBy: ['people story: new people with the name of a former one'],
    check: check.isOneOf('yes', 'no'),
  },
  {
    property: 'OnPasswordModify',
    type: 'ignore|end-sessions',
    fallback: 'ignore',
    why: 'Mattermost has a password of its own, which the directory’s does not change; a routine change there should log nobody out',
    help: 'What the event password-modify does to the person’s sessions in Mattermost: nothing, or end them on all devices.',
    usedBy: ['people story: sessions after a new password in the directory'],
    check: check.isOneOf('ignore', 'end-sessions'),
  },
]
