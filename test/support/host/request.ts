/** A request made inside a host, where the test process's own sockets do not reach. */
export interface HttpRequest {
  url: string
  method?: string
  headers?: Record<string, string>
  body?: string
  /** Takes any certificate. Default false. */
  insecure?: boolean
  /** Connects here, whatever the URL's name resolves to (which is still sent as Host and SNI). */
  address?: string
  /** Default 10 s. */
  timeoutMs?: number
}

export interface HttpAnswer {
  status: number
  headers: Record<string, string | string[]>
  body: string
}

/** Program for Node inside the host: the request as JSON on standard input, the answer as JSON on its output. */
export const requestScript = `
const request = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const url = new URL(request.url)
const name = url.hostname.replace(/^\\[|\\]$/g, '')
const { isIP } = require('node:net')
const options = {
  method: request.method ?? 'GET', path: url.pathname + url.search, port: url.port || undefined, agent: false,
  host: request.address ?? name, headers: { host: url.host, ...request.headers },
  rejectUnauthorized: !request.insecure, ...(isIP(name) ? {} : { servername: name }),
  signal: AbortSignal.timeout(request.timeoutMs ?? 10000),
}
const sent = require(url.protocol === 'https:' ? 'node:https' : 'node:http').request(options, answer => {
  let body = ''
  answer.setEncoding('utf8')
  answer.on('data', part => { body += part })
  answer.on('end', () => console.log(JSON.stringify({ status: answer.statusCode, headers: answer.headers, body })))
})
sent.on('error', error => { console.error(error.message); process.exitCode = 1 })
sent.end(request.body)
`
