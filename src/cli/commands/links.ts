import { type CommandHelp, DRY_RUN, JSON_OPTION } from './command-help.js'

/** Who in the directory is who in Mattermost, where that needs a word. */
export const links: CommandHelp[] = [
  {
    name: 'users link',
    synopsis: 'teamchat users link NAME [USERNAME] [--dry-run] [--json]',
    summary:
      'ties somebody of the directory to an existing Mattermost user, also where nobody would be adopted',
    text: [
      'Nothing changes in Mattermost: what differs stays until the directory changes it. An administrator must be named by USERNAME. Refused are bots, and users who are, or once were, somebody else.',
      'It is told what the next sync does about the person then. Where several accounts have one NAME, its id in the directory stands for it.',
    ],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users unlink',
    synopsis: 'teamchat users unlink NAME [--dry-run] [--json]',
    summary: 'ends a link; the user stays as it is, and is not adopted again by itself',
    text: ['teamchat users link NAME ties the same two together again.'],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users ignore',
    synopsis: 'teamchat users ignore NAME [--dry-run] [--json]',
    summary: 'leaves somebody of the directory out: no user is created or adopted',
    text: [],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users unignore',
    synopsis: 'teamchat users unignore NAME [--dry-run] [--json]',
    summary: 'takes somebody in again who was left out',
    text: [],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users hold',
    synopsis: 'teamchat users hold NAME [--until DATE] [--dry-run] [--json]',
    summary: 'leaves the user of a linked person alone: nothing is changed, nor deactivated',
    text: [],
    options: [
      {
        flag: '--until DATE',
        text: 'ends by itself at the beginning of that day: 2030-09-01, or 2030-09-01T14:00',
      },
      DRY_RUN,
      JSON_OPTION,
    ],
  },
  {
    name: 'users unhold',
    synopsis: 'teamchat users unhold NAME [--dry-run] [--json]',
    summary: 'ends users hold',
    text: [],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users release',
    synopsis: 'teamchat users release NAME [--dry-run] [--json]',
    summary: 'frees the name of a former person, so that a new one can have it',
    text: [
      'The deactivated user becomes NAME.until-YYYY-MM-DD with an e-mail address at former.invalid, and is nobody’s from then on; what it wrote stays. NAME is the username, or the login that the person had. Refused while the account is in the directory, and for users who are active, held or administrators.',
      'With ReleaseNames=yes automatic runs do it by themselves where a new person needs the name of somebody who was found gone.',
    ],
    options: [DRY_RUN, JSON_OPTION],
  },
  {
    name: 'users relink',
    synopsis: 'teamchat users relink [NAME...] [--forget-missing] [--confirm] [--json]',
    summary: 'gives people whose directory was made anew their former users, by login and e-mail address',
    text: [
      'Names are known, ids are new: then a sync changes nobody. Whoever has the same login, an e-mail address of the user’s, and an id without a link, while the former id is gone, is the same person; all others are named with the reason. It shows that, and what the next sync does then; nothing is changed without --confirm.',
      'With NAME only these, also where the e-mail address differs, which is told, or where the link was ended by users unlink.',
      'Exit status: 2 where --confirm would change something.',
    ],
    options: [
      {
        flag: '--forget-missing',
        text: 'instead: drops the links whose user is not in Mattermost any more; a sync creates these people anew',
      },
      { flag: '--confirm', text: 'does it' },
      JSON_OPTION,
    ],
  },
  {
    name: 'users accept-host',
    synopsis: 'teamchat users accept-host [--json]',
    summary: 'goes on with people on a host that was restored or cloned',
    text: [
      'Links belong to one machine and one Mattermost. Where /etc/machine-id or Mattermost’s own id is another one than before, nobody is changed, by events, syncs or the bulk command, and status and doctor say so; reading, plans and links go on. On a copy that shall change nobody, set UserSync to off instead.',
    ],
    options: [JSON_OPTION],
  },
]
