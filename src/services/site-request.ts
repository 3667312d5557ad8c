import { randomBytes } from 'node:crypto'
import { mkdir, realpath, rmdir } from 'node:fs/promises'
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect, isIP } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { reasonOf, TeamchatError } from '../errors.js'
import { removeFile } from '../system/files/entries.js'
import { isMissing } from '../system/files/errors.js'
import { writeFileAtomic } from '../system/files/files.js'
import { withFolder } from '../system/files/folder.js'

/** One question to the web server of this host, by the name of a site. */
export interface SiteQuestion {
  scheme: 'http' | 'https'
  /** Default GET. */
  method?: 'GET' | 'HEAD'
  /** The site's name: Host header and, with TLS, the name of the handshake. */
  host: string
  path: string
  /** Default 127.0.0.1, whatever the name resolves to. */
  address?: string
  /** Default 80 or 443. */
  port?: number
}

export interface SiteAnswer {
  status: number
  body: string
  /** Where a redirect leads; '' without one. */
  location: string
  /** SHA-256 of the certificate that was shown, as `AB:CD:…`; '' without TLS. */
  fingerprint: string
}

/** What matters to us is shorter; a page of somebody else's is cut. */
const BODY_LIMIT = 64 * 1024

/**
 * Asks a site on this host. The certificate is not verified: who judges it looks at its file. Rejects with Node's
 * error where nobody answers, and when `signal` fires.
 */
export function requestSite(question: SiteQuestion, signal: AbortSignal): Promise<SiteAnswer> {
  const { scheme, host, path } = question
  const options = {
    host: question.address ?? '127.0.0.1',
    port: question.port ?? (scheme === 'https' ? 443 : 80),
    path,
    method: question.method ?? 'GET',
    headers: { host, connection: 'close' },
    agent: false as const,
    signal,
  }
  return new Promise((resolve, reject) => {
    const take = (answer: IncomingMessage) => readAnswer(answer).then(resolve, reject)
    const sent =
      scheme === 'https'
        ? requestTls(
            { ...options, servername: isIP(host) === 0 ? host : '', rejectUnauthorized: false },
            take,
          )
        : requestPlain(options, take)
    sent.on('error', reject)
    sent.end()
  })
}

async function readAnswer(answer: IncomingMessage): Promise<SiteAnswer> {
  const socket = answer.socket as Partial<TLSSocket>
  const fingerprint = socket.getPeerCertificate?.().fingerprint256 ?? ''
  const parts: Buffer[] = []
  let size = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part)
    size += part.length
    if (size > BODY_LIMIT) break
  }
  return {
    status: answer.statusCode ?? 0,
    body: Buffer.concat(parts).toString('utf8'),
    location: answer.headers.location ?? '',
    fingerprint,
  }
}

/** Why no TCP connection comes about, as an error code or in words; undefined where one does. Never throws. */
export function unreachable(host: string, port: number, timeoutMs: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (reason: string | undefined) => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(timeoutMs, () => end(`no answer within ${timeoutMs / 1000} s`))
    socket.once('connect', () => end(undefined))
    socket.once('error', error => end((error as NodeJS.ErrnoException).code ?? error.message))
  })
}

/** A file where a certificate authority would look for a proof. */
export interface AcmeProbe {
  /** `/.well-known/acme-challenge/…` */
  path: string
  content: string
}

const FOLDERS = ['.well-known', 'acme-challenge']

/**
 * Puts a probe file below `webroot`, calls `use`, and takes away the file and the folders that were missing before,
 * whatever happens. Throws `files.write`, `files.unsafe`, and what `use` throws.
 */
export async function withAcmeProbe<T>(webroot: string, use: (probe: AcmeProbe) => Promise<T>): Promise<T> {
  const home = await realpath(webroot).catch(cause => {
    throw new TeamchatError('files.write', `cannot use ${webroot}: ${reasonOf(cause)}`, { cause })
  })
  const made: string[] = []
  const name = `teamchatd-${randomBytes(12).toString('hex')}`
  const content = randomBytes(24).toString('hex')
  const folder = join(home, ...FOLDERS)
  try {
    let parent = home
    for (const part of FOLDERS) {
      if (await makeReadable(parent, part)) made.unshift(part)
      parent = join(parent, part)
    }
    await writeFileAtomic(join(folder, name), content, { root: '', mode: 0o644 })
    return await use({ path: `/${FOLDERS.join('/')}/${name}`, content })
  } finally {
    await removeFile(join(folder, name), '')
    for (const part of made) {
      await removeEmpty(part === FOLDERS[0] ? home : join(home, FOLDERS[0] ?? ''), part)
    }
  }
}

/** True where it was made. The web server's user must be able to go in, whatever our umask is. */
async function makeReadable(parent: string, name: string): Promise<boolean> {
  try {
    await withFolder(parent, '', path => mkdir(`${path}/${name}`, 0o755))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error instanceof TeamchatError
      ? error
      : new TeamchatError('files.write', `cannot make ${join(parent, name)}: ${reasonOf(error)}`, {
          cause: error,
        })
  }
  await withFolder(join(parent, name), '', async (_path, opened) => opened.chmod(0o755))
  return true
}

/** Somebody else may have put a file there meanwhile: then the folder stays. */
async function removeEmpty(parent: string, name: string): Promise<void> {
  try {
    await withFolder(parent, '', path => rmdir(`${path}/${name}`))
  } catch (error) {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
  }
}
