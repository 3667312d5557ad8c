import http, { type IncomingHttpHeaders } from 'node:http'

/** An answer; `body` is parsed when it is JSON, else its text. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: unknown
}

/** Asks once, over a connection of its own; `path` begins below `/api/v4`. Rejects when the connection fails. */
export function ask(
  where: { socketPath: string } | { url: string },
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer> {
  const place = 'url' in where ? { host: new URL(where.url).hostname, port: new URL(where.url).port } : where
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return new Promise((resolve, reject) => {
    const options = { ...place, agent: false as const, method, path: encodeURI(`/api/v4${path}`), headers }
    const request = http.request(options, response => {
      const parts: Buffer[] = []
      response.on('data', part => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const answer = parsed(Buffer.concat(parts).toString())
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer })
      })
    })
    request.on('error', reject)
    request.end(text)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
