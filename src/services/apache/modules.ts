import { join } from 'node:path'
import type { ApachePaths } from '../../paths.js'
import type { Exec } from '../../system/exec.js'
import { namesIn, readFileIfPresent } from '../../system/files/files.js'
import { readApacheState } from './listing.js'
import type { ApacheProgram } from './program.js'

/** A module as Debian's packages bring it. */
export interface ApacheModule {
  /** What its `# Depends:` line names. */
  depends: string[]
  /** Its configuration has a file of its own. */
  hasConf: boolean
}

/** The modules of a Debian host, as far as a vhost of ours may want them. */
export interface ApacheModules {
  available: ReadonlyMap<string, ApacheModule>
  /** Names of those that are read or loaded already. */
  enabled: ReadonlySet<string>
}

/** A module that must be enabled, and what wants it. */
export interface MissingModule {
  name: string
  cause: string
}

/** Where a directive of ours comes from; first match. Those of the core are not listed. */
const FROM: readonly [RegExp, string][] = [
  [/^SSL/i, 'ssl'],
  [/^Proxy/i, 'proxy'],
  [/^Rewrite/i, 'rewrite'],
  [/^(Request)?Header$/i, 'headers'],
  [/^(Alias|Redirect)/i, 'alias'],
  [/^Require$/i, 'authz_core'],
]
const BY_SCHEME: readonly [RegExp, string][] = [
  [/\bhttps?:\/\//i, 'proxy_http'],
  [/\bwss?:\/\//i, 'proxy_wstunnel'],
]
/** What every vhost of ours with a certificate wants; where they are there, nobody need be asked. */
const USUAL = ['ssl', 'proxy', 'proxy_http', 'headers', 'alias']

/** The modules whose directives a vhost uses outside of `<IfModule>`. */
export function neededModules(text: string): string[] {
  const needed = new Set<string>()
  let guarded = 0
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const [directive = ''] = /\S+/.exec(line) ?? []
    if (/^<IfModule$/i.test(directive)) guarded += 1
    if (/^<\/IfModule>$/i.test(directive)) guarded -= 1
    if (guarded > 0 || directive.startsWith('#')) continue
    const from = FROM.find(([pattern]) => pattern.test(directive))?.[1]
    if (from !== undefined) needed.add(from)
    if (!/^(ProxyPass(Match)?|RewriteRule)$/i.test(directive)) continue
    for (const [scheme, module] of BY_SCHEME) if (scheme.test(line)) needed.add(module)
  }
  return [...needed]
}

/**
 * What must be enabled for a vhost, dependencies first, as a2enmod does it. A module that no package has brought is left
 * out: Apache's own test names its directive then.
 */
export function missingModules(text: string, modules: ApacheModules): MissingModule[] {
  const missing: MissingModule[] = []
  const visit = (name: string, cause: string) => {
    const module = modules.available.get(name)
    if (module === undefined || modules.enabled.has(name)) return
    if (missing.some(one => one.name === name)) return
    for (const other of module.depends) visit(other, `the module ${name} needs it`)
    missing.push({ name, cause })
  }
  for (const name of neededModules(text)) visit(name, 'the vhost needs it')
  return missing
}

/** Reads them below Debian's folders; undefined where there are none. `program`: asked what it has loaded otherwise. */
export async function readApacheModules(
  paths: ApachePaths,
  asking: { program: ApacheProgram | undefined; exec: Exec; env: NodeJS.ProcessEnv } | undefined,
): Promise<ApacheModules | undefined> {
  const folders = paths.modules
  if (folders === undefined) return undefined
  const names = new Set(await namesIn(folders.available))
  if (names.size === 0) return undefined
  const available = new Map<string, ApacheModule>()
  const visit = async (name: string): Promise<void> => {
    if (available.has(name) || !names.has(`${name}.load`)) return
    const text = (await readFileIfPresent(join(folders.available, `${name}.load`)))?.toString('utf8') ?? ''
    const depends =
      /^#\s*Depends:\s*(.*)$/m
        .exec(text)?.[1]
        ?.split(/[\s,]+/)
        .filter(word => word !== '') ?? []
    available.set(name, { depends, hasConf: names.has(`${name}.conf`) })
    for (const other of depends) await visit(other)
  }
  for (const name of [...FROM, ...BY_SCHEME].map(([, module]) => module)) await visit(name)
  const read = (await namesIn(folders.enabled)).filter(name => name.endsWith('.load'))
  const enabled = new Set(read.map(name => name.slice(0, -'.load'.length)))
  const { program, exec, env } = asking ?? {}
  if (program === undefined || exec === undefined || env === undefined) return { available, enabled }
  if (USUAL.every(name => enabled.has(name))) return { available, enabled }
  // Somebody may load them in another file.
  const loaded = (await readApacheState(program, exec, env)).modules ?? []
  for (const name of loaded) enabled.add(name.replace(/_module$/, ''))
  return { available, enabled }
}
