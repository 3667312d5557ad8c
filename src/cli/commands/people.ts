import { type CommandHelp, JSON_OPTION } from './command-help.js'

/** Following the directory. */
export const people: CommandHelp[] = [
  {
    name: 'users test',
    synopsis: 'teamchat users test [--json]',
    summary: 'tries the account provider: connection, TLS, login, search; shows the first accounts',
    text: [
      'One line a step, as teamchat doctor has them, up to the first that fails, with what to do: server and certificate, BindDN and password (with Active Directory’s own reason), base, UserFilter and UserGroup, whether locks can be read, and how changes are noticed. Nobody is changed. It works in its own process, by what the DB says now.',
      'Exit status: 0 people can be read, 69 the server cannot be reached, 77 not root, 78 the configuration is wrong.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'users plan',
    synopsis: 'teamchat users plan [--json]',
    summary: 'what following the whole directory would do, person by person, and why',
    text: [
      'Below the people: how many mails Mattermost will send because of it, which bots would stop with their owners, and how many users are active now and afterwards. Nobody is changed.',
      'Exit status: 0 nothing to do, 2 changes are pending.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'users sync',
    synopsis: 'teamchat users sync [--confirm] [--json]',
    summary: 'shows what following the whole directory would do; with --confirm it is done',
    text: [
      'UserSync=full acts only after --confirm; a change of provider, base or filter asks again.',
      'What MaxDeactivate or MaxCreate holds back is let through by --confirm: exactly what the last plan of the last hour showed as held, or, where none was shown, what the command itself prints.',
    ],
    options: [
      {
        flag: '--confirm',
        text: 'records provider, base and filter, lets through what waits, and runs the sync',
      },
      JSON_OPTION,
    ],
  },
  {
    name: 'users credentials',
    synopsis: 'teamchat users credentials [NAME | --group G] [--csv | --print | --json] [--forget]',
    summary: 'passwords of created users that are still to be handed out',
    text: [
      'They are kept until their owners have logged in, at most for CredentialDays. With NewUserPassword=mail there are none: Mattermost mails a link, and whoever is still owed one is named.',
    ],
    options: [
      { flag: '--group G', text: 'only members of that group of the directory' },
      { flag: '--csv', text: 'prints username,name,email,password,site,created for mail merge' },
      { flag: '--print', text: 'prints a page to hand out for each person' },
      { flag: '--forget', text: 'removes them once they are printed' },
      JSON_OPTION,
    ],
  },
  {
    name: 'users invite',
    synopsis: 'teamchat users invite NAME [--json]',
    summary: 'has Mattermost mail that person a link to set a password',
    text: [
      'The link lives 24 hours. A mail that cannot be sent is owed, and the daemon tries it again; the exit status is 75 then.',
    ],
    options: [JSON_OPTION],
  },
  {
    name: 'users report',
    synopsis: 'teamchat users report [NAME] [--json]',
    summary: 'what was last done for each person, or why it could not be done',
    text: [],
    options: [JSON_OPTION],
  },
  {
    name: 'users list',
    synopsis: 'teamchat users list [--json]',
    summary: 'who in the directory is who in Mattermost: name, user, state, where the link comes from',
    text: [
      'State is active, deactivated, or missing where Mattermost has no such user any more. Below stand those who are left out, and ended links, whose users are given to nobody else.',
    ],
    options: [JSON_OPTION],
  },
]
