import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { virtualHostOf } from '../../config/addresses.js'
import type { Settings } from '../../configdb/settings.js'
import { asTeamchatError } from '../../errors.js'
import type { ApachePaths, Paths } from '../../paths.js'
import { type ApacheModules, readApacheModules } from '../../services/apache/modules.js'
import { type ApacheProgram, findApache } from '../../services/apache/program.js'
import {
  hasMark,
  linksTo,
  parseVhosts,
  readVhostFiles,
  type VhostFile,
} from '../../services/apache/vhosts.js'
import { type CertificateFacts, type CertificateFiles, readCertificate } from '../../services/certificate.js'
import { unitEnvironment } from '../../services/mattermost-unit.js'
import type { Systemctl, UnitFacts } from '../../services/systemd.js'
import { allSettledOrThrow } from '../../system/concurrency/all-settled-or-throw.js'
import type { Exec } from '../../system/exec.js'
import { unlessMissing } from '../../system/files/errors.js'
import { readFileIfPresent } from '../../system/files/files.js'
import { type LiveConfig, readLiveConfig } from '../../transaction/files.js'
import type { SettingsState } from '../../transaction/state.js'
import { liveActions } from '../adopt/old-module.js'
import { DATA_SOURCE_FILE, PASSWORD_FILE, readSecret } from '../secrets.js'
import { markRenewing, readServed } from './certificates.js'
import { readTakenVhosts, type TakenVhostNow } from './taken-vhosts.js'

/** All that the settings service decides by, read once. */
export interface HostState {
  settings: Settings
  state: SettingsState
  apache: ApachePaths
  /** Mattermost's config.json, below --root. */
  configFile: string
  live: LiveConfig | undefined
  /** Its folder is there. */
  hasConfigFolder: boolean
  /** The vhost at our path. */
  vhost: { text: string; ours: boolean } | undefined
  /** Links that enable it, ours or the site's. */
  vhostLinks: string[]
  /** Every file that Apache reads sites from. */
  vhostFiles: VhostFile[]
  /** undefined: services are not touched. */
  unit: UnitFacts | undefined
  apacheUnit: UnitFacts | undefined
  /** The variables of Mattermost's unit. */
  variables: ReadonlyMap<string, string>
  dataSource: string | undefined
  password: string | undefined
  program: ApacheProgram | undefined
  /** Debian's modules; undefined where packages load theirs. */
  modules: ApacheModules | undefined
  /** The site's own virtual hosts that were taken over. */
  takenVhosts: TakenVhostNow[]
  certificates: CertificateFacts[]
  /** Those that our vhost names, as they are on disk now. */
  served: CertificateFacts[]
  /** The old module's actions that are live, by their paths. */
  oldModule: string[]
}

/** Collaborators that read the host. */
export interface HostReaders {
  paths: Paths
  exec: Exec
  env: NodeJS.ProcessEnv
  systemctl: Systemctl | undefined
  sleep?: ((milliseconds: number) => Promise<void>) | undefined
}

/** Reads disk, units and certificates as they are now. Nothing is written. */
export async function readHostState(
  settings: Settings,
  state: SettingsState,
  parts: HostReaders,
): Promise<HostState> {
  const { paths, systemctl } = parts
  const apache = paths.apache(settings.httpd.platform ?? paths.hostPlatform)
  const configFile = configFileOf(settings, paths)
  const wantsApache = settings.mattermost.webServer === 'apache'
  const vhostText = readFileIfPresent(apache.vhostFile).then(
    text => text?.toString('utf8'),
    cause => {
      throw asTeamchatError(cause, 'check.failed', `read ${apache.vhostFile}`)
    },
  )
  const unit = systemctl?.show(settings.mattermost.unit)
  const hasTaken = state.takenVhosts?.some(one => one.disabled) === true
  const program =
    wantsApache || hasTaken ? findApache(apache.platform, parts.exec, parts.env) : Promise.resolve(undefined)
  // None waits for another one, unless it needs what that one finds: programs are asked at the same time.
  const found = await allSettledOrThrow({
    live: readLiveConfig(configFile, paths.root, parts.sleep),
    hasConfigFolder: isFolder(dirname(configFile)),
    vhost: vhostText.then(vhostOf),
    vhostLinks:
      apache.vhostLink === undefined ? Promise.resolve([]) : linksTo(apache.vhostFile, apache.enabledFolders),
    vhostFiles: readVhostFiles(apache.enabledFolders, [apache.mainFile]),
    unit: Promise.resolve(unit),
    // After the other one: what stands in for systemctl may not bear two calls at a time.
    apacheUnit: Promise.all([vhostText, unit]).then(([text]) => {
      // Also where the site has just taken the web server over, until Apache knows that our vhost has gone.
      const isOurs = text !== undefined && hasMark(text)
      const isOwed = state.owed.some(action => action.unit === apache.unit)
      return wantsApache || isOurs || hasTaken || isOwed ? systemctl?.show(apache.unit) : undefined
    }),
    variables: Promise.resolve(unit).then(facts =>
      facts === undefined ? new Map<string, string>() : unitEnvironment(facts, paths.below),
    ),
    dataSource: readSecret(paths, DATA_SOURCE_FILE),
    password: readSecret(paths, PASSWORD_FILE),
    program,
    // Below --root the program knows nothing of that Apache.
    modules: program.then(one =>
      wantsApache
        ? readApacheModules(apache, paths.root === '' ? { ...parts, program: one } : undefined)
        : undefined,
    ),
    takenVhosts: readTakenVhosts(state.takenVhosts),
    served: vhostText.then(text =>
      wantsApache && text !== undefined && hasMark(text) ? readServed(text, state.certificates) : [],
    ),
    candidates: vhostText.then(text => (wantsApache ? readCertificates(settings, paths, apache, text) : [])),
    oldModule: liveActions(paths.oldModuleEvents),
  })
  const { candidates, ...inputs } = found
  const certificates = markRenewing(candidates, inputs.served)
  return { settings, state, apache, configFile, ...inputs, certificates }
}

/** The vhost of this text; undefined where there is no file. */
export function vhostOf(text: string | undefined): HostState['vhost'] {
  return text === undefined ? undefined : { text, ours: hasMark(text) }
}

/** Mattermost's config.json, below --root. */
export function configFileOf(settings: Settings, paths: Paths): string {
  return paths.below(join(settings.mattermost.home, 'config/config.json'))
}

/** Every certificate that may be meant, read. `vhostText`: the live vhost, whose certificate is the one in use. */
export async function readCertificates(
  settings: Settings,
  paths: Paths,
  apache: ApachePaths,
  vhostText: string | undefined,
): Promise<CertificateFacts[]> {
  const { mattermost, pki } = settings
  const below = (path: string) => (path === '' ? '' : paths.below(path))
  const read: Promise<CertificateFacts>[] = []
  /** Files that the DB names; a key that it leaves out lies in the certificate's file. */
  const readNamed = (source: 'mattermost' | 'pki', files: CertificateFiles) => {
    const { certificateFile, keyFile, chainFile } = files
    if (certificateFile === '') return
    read.push(
      readCertificate(source, {
        certificateFile: below(certificateFile),
        keyFile: below(keyFile || certificateFile),
        chainFile: below(chainFile),
      }),
    )
  }
  readNamed('mattermost', mattermost)
  const inUse = parseVhosts(vhostText ?? '').find(vhost => vhost.certificate !== undefined)?.certificate
  if (inUse !== undefined) read.push(readCertificate('in-use', inUse))
  readNamed('pki', pki)
  const host = virtualHostOf(settings)
  if (host !== undefined) {
    const folder = join(paths.letsEncryptLive, host)
    read.push(
      readCertificate('letsencrypt', {
        certificateFile: join(folder, 'fullchain.pem'),
        keyFile: join(folder, 'privkey.pem'),
        chainFile: '',
      }),
    )
  }
  for (const { certificate, key } of apache.selfSigned) {
    read.push(readCertificate('self-signed', { certificateFile: certificate, keyFile: key, chainFile: '' }))
  }
  return Promise.all(read)
}

async function isFolder(path: string): Promise<boolean> {
  return unlessMissing(() => statSync(path).isDirectory()) ?? false
}
