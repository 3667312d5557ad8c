import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { namesIn, readFileIfPresent } from '../../system/files/files.js'
import { wildcardSource } from '../../system/wildcards.js'
import type { CertificateFiles } from '../certificate.js'

/** One `<VirtualHost>` of Apache's configuration. */
export interface Vhost {
  /** ServerName and every ServerAlias, lower-case, without scheme and port. */
  names: string[]
  /** The ports of its addresses, as far as they are numbers. */
  ports: number[]
  /** The certificate that it serves; undefined without one. */
  certificate: CertificateFiles | undefined
  /** Where ProxyPass and rewrite rules lead. */
  proxies: Proxied[]
  /** The names of its directives, also in sections within. */
  directives: string[]
}

/** What a virtual host hands to another server. */
export interface Proxied {
  /** `http://127.0.0.1:8065/` */
  target: string
  /** True for the whole site, false for some of its paths. */
  whole: boolean
}

/** Definitions of a file of Apache's configuration. */
export interface ParsedVhosts {
  vhosts: Vhost[]
  /** Names of directives that stand outside of its virtual hosts. */
  outside: string[]
}

/** A file that Apache reads. */
export interface VhostFile extends ParsedVhosts {
  /** As the folder lists it; a link where it is one. */
  path: string
  /** Where it really lies. */
  realPath: string
  ours: boolean
}

/** How the first line of what we render begins. */
export const MARK = '# teamchatd renders this file'

/** True for a file that we rendered. */
export function hasMark(text: string): boolean {
  return text.startsWith(MARK)
}

/** The virtual hosts that a text defines. */
export function parseVhosts(text: string): Vhost[] {
  return parseVhostFile(text).vhosts
}

/** What a text defines. Only what a look at names, certificates and backends needs; Include is not followed. */
export function parseVhostFile(text: string): ParsedVhosts {
  const vhosts: Vhost[] = []
  const outside: string[] = []
  let vhost: Vhost | undefined
  let files: CertificateFiles = NO_CERTIFICATE
  let location: Location | undefined
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const [directive = '', ...args] = words(line.trim())
    const name = directive.toLowerCase()
    if (name === '<virtualhost') {
      vhost = {
        names: [],
        ports: args.flatMap(portOf),
        certificate: undefined,
        proxies: [],
        directives: [],
      }
      files = NO_CERTIFICATE
      location = undefined
    } else if (name === '<location' || name === '<locationmatch') {
      location = locationOf(name, args)
    } else if (name === '</location>' || name === '</locationmatch>') {
      location = undefined
    } else if (name === '</virtualhost>') {
      if (vhost !== undefined) vhosts.push({ ...vhost, certificate: certificateOf(files) })
      vhost = undefined
    } else if (directive !== '' && !directive.startsWith('<')) {
      if (vhost === undefined) {
        outside.push(directive)
        continue
      }
      vhost.directives.push(directive)
      if (name === 'servername' || name === 'serveralias') vhost.names.push(...args.map(nameOnly))
      vhost.proxies.push(...proxied(name, args, location))
      const member = CERTIFICATE_DIRECTIVES[name]
      if (member !== undefined) files = { ...files, [member]: args[0] ?? '' }
    }
  }
  return { vhosts, outside }
}

interface Location {
  path: string
  isPattern: boolean
}

/** Of `<Location /path>`, `<Location ~ pattern>` or `<LocationMatch pattern>`. */
function locationOf(name: string, args: readonly string[]): Location {
  const [first = '', second = ''] = args
  const isPattern = name === '<locationmatch' || first === '~'
  return { path: (first === '~' ? second : first).replace(/>$/, ''), isPattern }
}

/** What one directive hands to another server. */
function proxied(name: string, args: readonly string[], location: Location | undefined): Proxied[] {
  const isProxy =
    /^proxypass(match)?$/.test(name) ||
    (name === 'rewriterule' && args.some(arg => /^\[(.*,)?(P|proxy)(,.*)?\]$/i.test(arg)))
  if (!isProxy) return []
  const target = args.find(arg => /^(https?|wss?|h2c?):\/\//i.test(arg))
  if (target === undefined) return []
  // Within a section for a path the first argument is the target already.
  const own = args[0] === target ? undefined : { path: args[0] ?? '', isPattern: name !== 'proxypass' }
  return [{ target, whole: [location, own].every(where => where === undefined || isWhole(where)) }]
}

/** Whether a path, or a pattern of paths, is the whole site. */
function isWhole({ path, isPattern }: Location): boolean {
  if (!isPattern) return path === '/'
  try {
    const pattern = new RegExp(path.replace(/^!/, ''))
    return ['/login', '/any/channels/town-square'].every(one => pattern.test(one) !== path.startsWith('!'))
  } catch {
    // A pattern of Perl's that is none of ours.
    return false
  }
}

const NO_CERTIFICATE: CertificateFiles = { certificateFile: '', keyFile: '', chainFile: '' }
const CERTIFICATE_DIRECTIVES: Readonly<Record<string, keyof CertificateFiles>> = {
  sslcertificatefile: 'certificateFile',
  sslcertificatekeyfile: 'keyFile',
  sslcertificatechainfile: 'chainFile',
}

/** A key may stand in the certificate's own file. */
function certificateOf(files: CertificateFiles): CertificateFiles | undefined {
  return files.certificateFile === ''
    ? undefined
    : { ...files, keyFile: files.keyFile || files.certificateFile }
}

/** Whether a vhost answers to a host name; aliases may hold `*` and `?`. */
export function serves(vhost: Pick<Vhost, 'names'>, host: string): boolean {
  return vhost.names.some(given => {
    const name = given.toLowerCase()
    if (!/[*?]/.test(name)) return name === host.toLowerCase()
    return new RegExp(wildcardSource(name)).test(host.toLowerCase())
  })
}

/** Every file that Apache reads in these folders, and these single files; links are followed for reading. */
export async function readVhostFiles(folders: string[], files: string[]): Promise<VhostFile[]> {
  const listed: string[] = []
  for (const folder of folders) {
    listed.push(
      ...(await namesIn(folder))
        .filter(name => name.endsWith('.conf') && !name.startsWith('.'))
        .map(name => join(folder, name)),
    )
  }
  const found: VhostFile[] = []
  for (const path of [...files, ...listed.sort()]) {
    const content = await readFileIfPresent(path)
    if (content === undefined) continue
    const text = content.toString('utf8')
    found.push({ path, realPath: realpathSync(path), ours: hasMark(text), ...parseVhostFile(text) })
  }
  return found
}

/** The links in `folders` that lead straight to `file`, also where it is missing: Apache stops at a link to nothing. */
export async function linksTo(file: string, folders: string[]): Promise<string[]> {
  const links: string[] = []
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      const path = join(folder, name)
      if (!lstatSync(path).isSymbolicLink()) continue
      if (resolve(dirname(path), readlinkSync(path)) === file) links.push(path)
    }
  }
  return links
}

function nameOnly(name: string): string {
  return name
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/:\d+$/, '')
    .toLowerCase()
}

/** `*:443>` → 443 */
function portOf(address: string): number[] {
  const port = /:(\d+)>?$/.exec(address)?.[1]
  return port === undefined ? [] : [Number(port)]
}

function words(line: string): string[] {
  if (line.startsWith('#')) return []
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  )
}
