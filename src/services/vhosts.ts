import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isMissing, readFileIfPresent } from '../system/files.js'
import type { CertificateFiles } from './certificate.js'

/** One `<VirtualHost>` of Apache's configuration. */
export interface Vhost {
  /** ServerName and every ServerAlias, lower-case, without scheme and port. */
  names: string[]
  /** The ports of its addresses, as far as they are numbers. */
  ports: number[]
  /** The certificate that it serves; undefined without one. */
  certificate: CertificateFiles | undefined
}

/** A file that Apache reads. */
export interface VhostFile {
  /** As the folder lists it; a link where it is one. */
  path: string
  /** Where it really lies. */
  realPath: string
  ours: boolean
  vhosts: Vhost[]
}

/** How the first line of what we render begins. */
export const MARK = '# teamchatd renders this file'

/** True for a file that we rendered. */
export function hasMark(text: string): boolean {
  return text.startsWith(MARK)
}

/** The virtual hosts that a text defines. Only what a look at names and certificates needs. */
export function parseVhosts(text: string): Vhost[] {
  const vhosts: Vhost[] = []
  let names: string[] | undefined
  let ports: number[] = []
  let files: CertificateFiles = { certificateFile: '', keyFile: '', chainFile: '' }
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const [directive = '', ...args] = words(line.trim())
    switch (directive.toLowerCase()) {
      case '<virtualhost':
        names = []
        ports = args.flatMap(portOf)
        files = { certificateFile: '', keyFile: '', chainFile: '' }
        break
      case '</virtualhost>':
        if (names !== undefined) {
          vhosts.push({ names, ports, certificate: files.certificateFile === '' ? undefined : files })
        }
        names = undefined
        break
      case 'servername':
      case 'serveralias':
        names?.push(...args.map(nameOnly))
        break
      case 'sslcertificatefile':
        files = { ...files, certificateFile: args[0] ?? '' }
        break
      case 'sslcertificatekeyfile':
        files = { ...files, keyFile: args[0] ?? '' }
        break
      case 'sslcertificatechainfile':
        files = { ...files, chainFile: args[0] ?? '' }
        break
      default:
    }
  }
  // A key may stand in the certificate's own file.
  return vhosts.map(({ certificate, ...vhost }) => ({
    ...vhost,
    certificate:
      certificate === undefined
        ? undefined
        : { ...certificate, keyFile: certificate.keyFile || certificate.certificateFile },
  }))
}

/** Whether a vhost answers to a host name; aliases may hold `*` and `?`. */
export function serves(vhost: Pick<Vhost, 'names'>, host: string): boolean {
  return vhost.names.some(given => {
    const name = given.toLowerCase()
    if (!/[*?]/.test(name)) return name === host.toLowerCase()
    const pattern = name
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    return new RegExp(`^${pattern}$`).test(host.toLowerCase())
  })
}

/** Every file that Apache reads in these folders, and these single files; links are followed for reading. */
export async function readVhostFiles(folders: string[], files: string[]): Promise<VhostFile[]> {
  const listed: string[] = []
  for (const folder of folders) {
    const names = await readdir(folder).catch(error => {
      if (isMissing(error)) return []
      throw error
    })
    listed.push(
      ...names
        .filter(name => name.endsWith('.conf') && !name.startsWith('.'))
        .map(name => join(folder, name)),
    )
  }
  const found: VhostFile[] = []
  for (const path of [...files, ...listed.sort()]) {
    const content = await readFileIfPresent(path)
    if (content === undefined) continue
    const text = content.toString('utf8')
    found.push({ path, realPath: await realpath(path), ours: hasMark(text), vhosts: parseVhosts(text) })
  }
  return found
}

/** The links in `folders` that lead straight to `file`, also where it is missing: Apache stops at a link to nothing. */
export async function linksTo(file: string, folders: string[]): Promise<string[]> {
  const links: string[] = []
  for (const folder of folders) {
    const names = await readdir(folder).catch(error => {
      if (isMissing(error)) return []
      throw error
    })
    for (const name of names.sort()) {
      const path = join(folder, name)
      if (!(await lstat(path)).isSymbolicLink()) continue
      if (resolve(dirname(path), await readlink(path)) === file) links.push(path)
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
