import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createPaths, type Paths } from '../../../src/paths.js'
import { ConfigFile } from '../mattermost/config-file.js'
import { makeCertificate } from './certificate.js'

/** In every folder that we made; without it nothing is removed, and nothing laid beside what is there. */
const MARK = 'made-by-npm-start'
const SOCKET_PATH_BYTES = 107
const USUAL_PORT = 8065
/** The port that is taken where it is free: several demonstrations at once would all find the usual one free. */
export const PORT_VARIABLE = 'TEAMCHAT_DEMO_PORT'

/** A folder that cannot be used; the message says what to do. */
export class UnusableFolder extends Error {}

/** What the demonstration is about. */
export interface Site {
  paths: Paths
  /** Properties of `mattermost` beside those of the sample DB, as this machine needs them. */
  properties: Map<string, string>
  /** Made just now; false: an earlier start left it here. */
  isNew: boolean
  certificate: string | undefined
}

export const homeFolder = (paths: Paths): string => paths.below('/opt/mattermost')
export const configFile = (paths: Paths): string => join(homeFolder(paths), 'config/config.json')
export const peopleFile = (paths: Paths): string => paths.below('/etc/teamchatd/people.ldif')

/** Removes what an earlier start has made. Throws UnusableFolder for a folder that is not ours. */
export async function removeSite(root: string): Promise<void> {
  await mustBeOurs(root)
  await rm(root, { recursive: true, force: true })
}

/** Lays out the sample site below `root`, or takes the one that is there. Throws UnusableFolder. */
export async function prepareSite(project: string, root: string): Promise<Site> {
  const isNew = (await mustBeOurs(root)) === 'empty'
  await mkdir(root, { recursive: true })
  const paths = createPaths({ root, env: {} })
  const site: Site = { paths, properties: new Map(), isNew, certificate: undefined }
  chooseSocket(site)
  if (!isNew) return site
  await writeFile(
    join(root, MARK),
    'npm start made this folder; it can be removed when nothing runs in it.\n',
  )
  const sample = join(project, 'test/support/demo/sample')
  for (const folder of [
    dirname(paths.configurationDb),
    paths.below('/etc/teamchatd'),
    paths.below('/var/tmp'),
  ]) {
    await mkdir(folder, { recursive: true })
  }
  // The folders that the packages of Apache bring, of either platform: httpd Platform can be tried as well.
  for (const folder of ['apache2/sites-available', 'apache2/sites-enabled', 'httpd/conf.d']) {
    await mkdir(paths.below(`/etc/${folder}`), { recursive: true })
  }
  await copyFile(join(sample, 'configuration'), paths.configurationDb)
  await copyFile(join(sample, 'people.ldif'), peopleFile(paths))
  await mkdir(dirname(configFile(paths)), { recursive: true })
  // What somebody finds who has just unpacked Mattermost: its own defaults, nothing of the site.
  new ConfigFile(configFile(paths), {}).load()
  site.certificate = await makeCertificate(paths, ['chat.example.org', '*.example.org'])
  const port = await freePort(Number(process.env[PORT_VARIABLE] ?? USUAL_PORT))
  if (port !== USUAL_PORT) site.properties.set('ListenPort', String(port))
  return site
}

/** `wanted` where nothing listens on it, else any free one of loopback. */
export async function freePort(wanted: number): Promise<number> {
  return (await listenOnce(wanted)) ?? (await listenOnce(0)) ?? wanted
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
}

/** A socket's path is limited, for Mattermost as for its stand-in, and a checkout may lie deep. */
function chooseSocket(site: Site): void {
  const fits = (path: string) => Buffer.byteLength(site.paths.below(path)) <= SOCKET_PATH_BYTES
  if (fits('/var/tmp/mattermost_local.socket')) return
  if (!fits('/s')) {
    throw new UnusableFolder(
      `${site.paths.root} lies too deep for a Unix socket: choose another folder, npm start -- --root /tmp/teamchat`,
    )
  }
  site.properties.set('LocalSocket', '/s')
}

async function mustBeOurs(root: string): Promise<'empty' | 'ours'> {
  const names = await readdir(root).catch((error): string[] => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new UnusableFolder(`cannot look into ${root}: ${(error as Error).message}`)
  })
  if (names.length === 0) return 'empty'
  if (names.includes(MARK)) return 'ours'
  throw new UnusableFolder(`${root} holds something else already: name an empty folder with -- --root DIR`)
}
