import type { Credential } from '../../../src/api/contract/people.js'
import type { Programs } from './programs.js'
import { peopleFile, type Site } from './site.js'

const NEWCOMER = [
  '',
  'dn: uid=daisy,ou=People,dc=directory,dc=nh',
  'objectClass: inetOrgPerson',
  'uid: daisy',
  'cn: Daisy Duck',
  'givenName: Daisy',
  'sn: Duck',
  '',
].join('\\n')

/** What to type in a second terminal, each line complete. `port`: where the stand-in listens. */
export function nextSteps(
  programs: Programs,
  site: Site,
  facts: { project: string; port: number; credentials: Credential[] },
): string[] {
  const people = programs.shown(peopleFile(site.paths))
  const known = facts.credentials.find(each => each.login === 'pluto') ?? facts.credentials.at(-1)
  const login = `'{"login_id":"${known?.login}","password":"${known?.password}"}'`
  const steps: [why: string, ...lines: string[]][] = [
    ['What the daemon knows:', programs.teamchatLine('status')],
    [
      'Another name for the site. Watch this window: both files follow, and Mattermost is not restarted for it:',
      programs.teamchatLine('config setprop mattermost VirtualHost talk.example.org'),
    ],
    [
      'Somebody new in the directory, and the event that a server fires then. She gets a user and a password:',
      `printf '${NEWCOMER}' >> ${people}; ${programs.teamchatLine('signal-event user-create daisy "Daisy Duck" /bin/bash')}`,
      programs.teamchatLine('users credentials daisy'),
    ],
    [
      'goofy is unlocked:',
      `sed -i '/^dn: uid=goofy,/,/^$/s/{CRYPT}!/{CRYPT}/' ${people}; ${programs.teamchatLine('signal-event user-unlock goofy')}`,
    ],
  ]
  if (known !== undefined) {
    const url = `http://127.0.0.1:${facts.port}/api/v4/users/login`
    const answer = programs.shown(`${site.paths.root}/answer.json`)
    steps.push(
      [
        `${known.login} logs in (200: yes, 401: no):`,
        `curl -s -o ${answer} -w '%{http_code}\\n' -d ${login} ${url}`,
      ],
      [
        `${known.login} leaves: out of the directory, then the event. The login above says 401 from then on:`,
        `sed -i '/^dn: uid=${known.login},/,/^$/d' ${people}; ${programs.teamchatLine(`signal-event user-delete ${known.login}`)}`,
      ],
    )
  }
  steps.push([
    'The command of the manual, which needs no daemon and no event; whoever is there is skipped:',
    `node dist/src/bin/mattermost-bulk-user-create.js --root ${programs.shown(site.paths.root)}`,
  ])
  return steps.flatMap(([why, ...lines]) => ['', why, ...lines.map(line => `  ${line}`)])
}
