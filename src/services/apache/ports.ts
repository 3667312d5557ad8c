const HIGHEST_PORT = 65_535

/**
 * The first port in a vhost that there cannot be, with its line. Apache's own test lets such a one pass in what it
 * proxies to (`ProxyPass / http://127.0.0.1:99999/`), and answers every request with an error then.
 */
export function impossiblePort(text: string): { line: number; port: string } | undefined {
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trimStart().startsWith('#')) continue
    for (const [, port = ''] of line.matchAll(
      /\b(?:https?|wss?|h2c?|fcgi|ajp|balancer):\/\/[^\s/"':]+:(\d+)/g,
    )) {
      if (Number(port) < 1 || Number(port) > HIGHEST_PORT) return { line: index + 1, port }
    }
  }
  return undefined
}
