import type { Exec } from '../../system/exec.js'
import type { ApacheProgram } from './program.js'

/** A virtual host as Apache itself has understood it. */
export interface ListedVhost {
  /** `*:443`, `10.0.0.1:80` … */
  address: string
  /** Its ServerName, or the name of the host where it has none. */
  name: string
  aliases: string[]
  /** The file in which it begins, as it was included. */
  file: string
  line: number
  /** Gets whatever no other virtual host of the address is named for. */
  isDefault: boolean
}

/**
 * Reads what `apache2ctl -t -D DUMP_VHOSTS` prints: a line for an address with one virtual host, else a line for each
 * below `is a NameVirtualHost`, the default one twice.
 */
export function parseListing(text: string): ListedVhost[] {
  const vhosts: ListedVhost[] = []
  let address = ''
  let place = ''
  for (const line of text.split('\n')) {
    const alone = /^(\S+:(?:\d+|\*)) +(\S+) \((.+):(\d+)\)$/.exec(line)
    if (alone !== null) {
      const [, at = '', name = '', file = '', number] = alone
      vhosts.push({ address: at, name, aliases: [], file, line: Number(number), isDefault: true })
      continue
    }
    const several = /^(\S+:(?:\d+|\*)) +is a NameVirtualHost$/.exec(line)
    if (several !== null) address = several[1] ?? ''
    const first = /^ +default server \S+ \((.+:\d+)\)$/.exec(line)
    if (first !== null) place = first[1] ?? ''
    const named = /^ +port \S+ namevhost (\S+) \((.+):(\d+)\)$/.exec(line)
    if (named !== null) {
      const [, name = '', file = '', number] = named
      const isDefault = place === `${file}:${number}`
      vhosts.push({ address, name, aliases: [], file, line: Number(number), isDefault })
    }
    const alias = /^ +(?:wild )?alias (\S+)$/.exec(line)?.[1]
    if (alias !== undefined) vhosts.at(-1)?.aliases.push(alias)
  }
  return vhosts
}

/** The addresses at which `file` would get what belonged to another virtual host's default, with the one that had it. */
export function takenDefaults(
  listing: readonly ListedVhost[],
  file: string,
): { address: string; from: ListedVhost }[] {
  return listing
    .filter(vhost => vhost.isDefault && vhost.file === file)
    .flatMap(({ address }) => {
      const other = listing.find(vhost => vhost.address === address && vhost.file !== file)
      return other === undefined ? [] : [{ address, from: other }]
    })
}

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

/** What Apache says of its live configuration. */
export interface ApacheState {
  /** `ssl_module` …; undefined where the configuration is broken, since Apache lists none then. */
  modules: string[] | undefined
  /** Its complaint on one line; undefined where its own test passes. */
  complaint: string | undefined
}

/** Asks Apache for its modules (`-M`) and, where it names none, for what is wrong (`-t`). Nothing is changed. */
export async function readApacheState(
  program: ApacheProgram,
  exec: Exec,
  env: NodeJS.ProcessEnv,
): Promise<ApacheState> {
  const listed = await exec(program.path, ['-M'], { env })
  const tested = await exec(program.path, ['-t'], { env })
  return {
    modules: listed.status === 0 ? modulesOf(listed.stdout) : undefined,
    complaint: tested.status === 0 ? undefined : complaintOf(tested.stderr || tested.stdout, tested.status),
  }
}

/** `apache2ctl -M` prints a heading, then ` ssl_module (shared)` a line. */
export function modulesOf(text: string): string[] {
  return [...text.matchAll(/^\s*(\w+_module)\s+\(\w+\)/gm)].map(match => match[1] ?? '')
}

function complaintOf(text: string, status: number): string {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !/^AH00558|^Action '.*' failed|^The Apache error log may/.test(line))
  return lines.join(' ') || `exit status ${status}`
}
