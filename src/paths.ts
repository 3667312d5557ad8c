import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How the host lays out Apache. */
export type Platform = 'debian' | 'rhel'

/** Where Apache's files lie on one platform; all below --root. */
export interface ApachePaths {
  platform: Platform
  /** The unit, `apache2.service` or `httpd.service`. */
  unit: string
  /** The main configuration file. */
  mainFile: string
  /** The vhost that we render. */
  vhostFile: string
  /** The link that enables it (Debian); undefined where the folder itself is read. */
  vhostLink: string | undefined
  /** What the link holds: relative, as a2ensite writes it. */
  vhostLinkTarget: string | undefined
  /** Folders whose `*.conf` Apache reads. */
  enabledFolders: string[]
  /** Debian's modules: what is there, and what is read; undefined where packages load theirs. */
  modules: { available: string; enabled: string } | undefined
  /** Self-signed certificate and key that the platform brings. */
  selfSigned: { certificate: string; key: string }[]
}

/** Every path that teamchatd uses, below `root` ('' is the real system). */
export interface Paths {
  /** '' for the real system, else an absolute real path without a slash at its end. */
  root: string
  /** Puts `path` (absolute, as an administrator knows it) below root. */
  below(path: string): string
  /** A DB by name, or by absolute path (then below root). `DBPATH` is put before a name. */
  database(name: string): string
  configurationDb: string
  /** True where Server Manager and the stock tools live. */
  isEsmith: boolean
  hostPlatform: Platform
  apache(platform: Platform): ApachePaths
  letsEncryptLive: string
  /** A secret file by name; on an e-smith host beside the stock ones. */
  secretFile(name: string): string
  stateFolder: string
  spoolFolder: string
  linksFile: string
  /** What came after links.json was written. */
  linksJournal: string
  credentialsFolder: string
  generationsFolder: string
  settingsStateFile: string
  /** There while a change of outputs is under way. */
  settingsJournalFile: string
  machineId: string
  peopleStateFile: string
  resultsFile: string
  /** Everything but queueing stands still while it is there. */
  pauseFile: string
  runFolder: string
  apiSocket: string
  lockFile: string
  siteHooksFolder: string
  siteTemplatesFolder: string
  /** The package's own folders; not below root. */
  templatesFolder: string
  hooksFolder: string
  /** Events of the old module: its live actions forbid managing. */
  oldModuleEvents: string[]
  /** Where unit files lie, the site's own first. */
  unitFolders: string[]
  /** How certbot renews each certificate: NAME.conf. */
  letsEncryptRenewal: string
}

/**
 * The folder of the package (where `package.json`, `templates` and `hooks` lie), found by walking up from
 * this file: the same code runs from `dist` in a checkout and from an installed package.
 * Throws when no package.json of teamchatd is above, which means a broken installation.
 */
export function projectRoot(from: string = fileURLToPath(import.meta.url)): string {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (
      existsSync(file) &&
      (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'teamchatd'
    ) {
      return folder
    }
    if (folder === dirname(folder)) throw new Error(`cannot find the files of teamchatd above ${from}`)
  }
}

/** Builds every path. `root`: '' or '/' is the real system; anything else is resolved and its links followed. */
export function createPaths(options: { root?: string | undefined; env?: NodeJS.ProcessEnv } = {}): Paths {
  const env = options.env ?? process.env
  const root = realRoot(options.root ?? '')
  const below = (path: string) => root + path
  const state = below('/var/lib/teamchatd')
  const run = below('/run/teamchatd')
  const isEsmith = existsSync(below('/etc/e-smith')) || existsSync(below('/var/lib/nethserver/secrets'))
  const dbFolder = env.DBPATH ? dbPath(resolve(env.DBPATH), root) : below('/var/lib/nethserver/db')
  const project = projectRoot()
  return {
    root,
    below,
    database: name => (isAbsolute(name) ? below(name) : join(dbFolder, name)),
    configurationDb: join(dbFolder, 'configuration'),
    isEsmith,
    hostPlatform: existsSync('/etc/debian_version') ? 'debian' : 'rhel',
    apache: platform => apachePaths(platform, below),
    letsEncryptLive: below('/etc/letsencrypt/live'),
    secretFile: name =>
      below(join(isEsmith ? '/var/lib/nethserver/secrets' : '/etc/teamchatd/secrets', name)),
    stateFolder: state,
    spoolFolder: join(state, 'spool'),
    linksFile: join(state, 'links.json'),
    linksJournal: join(state, 'links.journal'),
    credentialsFolder: join(state, 'credentials'),
    generationsFolder: join(state, 'generations'),
    settingsStateFile: join(state, 'settings.json'),
    settingsJournalFile: join(state, 'transaction.json'),
    peopleStateFile: join(state, 'people.json'),
    machineId: below('/etc/machine-id'),
    resultsFile: join(state, 'results.json'),
    pauseFile: join(state, 'pause.json'),
    runFolder: run,
    apiSocket: join(run, 'api.sock'),
    lockFile: join(run, 'lock'),
    siteHooksFolder: below('/etc/teamchatd/hooks'),
    siteTemplatesFolder: below('/etc/teamchatd/templates-custom'),
    templatesFolder: join(project, 'templates'),
    hooksFolder: join(project, 'hooks'),
    oldModuleEvents: ['save', 'update'].map(name =>
      below(`/etc/e-smith/events/nethserver-mattermost-${name}`),
    ),
    unitFolders: ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map(folder =>
      below(`${folder}/systemd/system`),
    ),
    letsEncryptRenewal: below('/etc/letsencrypt/renewal'),
  }
}

/** DBPATH moves below --root like every other path, unless it lies there already: nothing outside may be written. */
function dbPath(folder: string, root: string): string {
  return root === '' || folder === root || folder.startsWith(`${root}/`) ? folder : root + folder
}

function realRoot(root: string): string {
  if (root === '') return ''
  const full = resolve(root)
  const real = existsSync(full) ? realpathSync(full) : full
  return real === '/' ? '' : real
}

function apachePaths(platform: Platform, below: (path: string) => string): ApachePaths {
  if (platform === 'debian') {
    return {
      platform,
      unit: 'apache2.service',
      mainFile: below('/etc/apache2/apache2.conf'),
      vhostFile: below('/etc/apache2/sites-available/mattermost.conf'),
      // zz: by name it comes behind every other site, so it never becomes the default one of a port.
      vhostLink: below('/etc/apache2/sites-enabled/zz-mattermost.conf'),
      vhostLinkTarget: '../sites-available/mattermost.conf',
      enabledFolders: [below('/etc/apache2/sites-enabled'), below('/etc/apache2/conf-enabled')],
      modules: {
        available: below('/etc/apache2/mods-available'),
        enabled: below('/etc/apache2/mods-enabled'),
      },
      selfSigned: [
        {
          certificate: below('/etc/ssl/certs/ssl-cert-snakeoil.pem'),
          key: below('/etc/ssl/private/ssl-cert-snakeoil.key'),
        },
      ],
    }
  }
  return {
    platform,
    unit: 'httpd.service',
    mainFile: below('/etc/httpd/conf/httpd.conf'),
    vhostFile: below('/etc/httpd/conf.d/zz_mattermost.conf'),
    vhostLink: undefined,
    vhostLinkTarget: undefined,
    enabledFolders: [below('/etc/httpd/conf.d')],
    modules: undefined,
    selfSigned: [
      { certificate: below('/etc/pki/tls/certs/NSRV.crt'), key: below('/etc/pki/tls/private/NSRV.key') },
      {
        certificate: below('/etc/pki/tls/certs/localhost.crt'),
        key: below('/etc/pki/tls/private/localhost.key'),
      },
    ],
  }
}
