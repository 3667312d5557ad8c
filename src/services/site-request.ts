import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'

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
