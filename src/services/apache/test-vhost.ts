import { TeamchatError } from '../../errors.js'
import type { Platform } from '../../paths.js'
import { readFileIfPresent } from '../../system/files/files.js'
import { type ApacheTest, candidateFile, runApacheTest } from './candidate.js'
import { type ListedVhost, takenDefaults } from './listing.js'
import { apacheProgramName } from './program.js'
import { parseVhosts, serves } from './vhosts.js'

/** Directives of our vhost that come from modules which a fresh Apache has not enabled. */
const FROM_MODULES = /^(SSL|Proxy|Rewrite|RequestHeader|Alias$|RedirectMatch$)/i

export interface VhostTest extends ApacheTest {
  /** The vhost to be tested. */
  text: string
  /** Its name. */
  host: string
  /** A vhost of ours is in force already. */
  isLive: boolean
}

/**
 * Apache's own test on a candidate vhost: the live main file, with the candidate in the place of the live vhost, in a
 * temporary main file. Throws `check.failed` with Apache's words and the place in the file that the operator knows;
 * "broken before us" where Apache refuses its configuration without our vhost as well. Also by what Apache has
 * understood, nested includes and all: where another vhost has the name, and where ours would become the default one of
 * an address that is another's now. Gives remarks.
 */
export async function testVhost(test: VhostTest): Promise<string[]> {
  const { complaint, listing } = await runApacheTest(test, test.text)
  if (complaint === undefined) return checkListing(test, listing)
  const before = await runApacheTest(asItIs(test), undefined)
  if (before.complaint !== undefined) throw brokenBeforeUs(test, before.complaint)
  throw refused(test, complaint)
}

/**
 * Whether Apache can do without our vhost, which is to be taken away. What was broken before is a remark, since the rest
 * can be done all the same; throws `check.failed` where only the removal would break it.
 */
export async function testRemoval(test: ApacheTest): Promise<string[]> {
  const { complaint } = await runApacheTest(test, undefined)
  if (complaint === undefined) return []
  const { paths } = test
  const live = await liveText(test)
  const now = live === undefined ? undefined : await runApacheTest(asItIs(test), live)
  if (now === undefined || now.complaint !== undefined) {
    return [
      `Apache's configuration is broken before us: ${complaint}: it is reloaded once that is mended (${apacheProgramName(paths.platform)} -t)`,
    ]
  }
  throw new TeamchatError(
    'check.failed',
    `cannot take the vhost away: Apache refuses its configuration without it: ${complaint}`,
    { hint: `nothing was changed; something else needs what is in ${paths.vhostFile}` },
  )
}

function brokenBeforeUs(test: ApacheTest, complaint: string): TeamchatError {
  return new TeamchatError(
    'check.failed',
    `cannot test the vhost: Apache's configuration is broken before us: ${complaint}`,
    {
      hint: `nothing was changed; mend it (${apacheProgramName(test.paths.platform)} -t), then run teamchat apply`,
    },
  )
}

function refused(test: ApacheTest, words: string): TeamchatError {
  const unknown = /Invalid command '([^']+)'/.exec(words)?.[1]
  const missing = unknown !== undefined && FROM_MODULES.test(unknown) ? unknown : undefined
  return new TeamchatError(
    'check.failed',
    missing === undefined
      ? `cannot use the vhost: Apache refuses it: ${words}`
      : `cannot use the vhost: a module of Apache that knows ${missing} is not enabled: ${words}`,
    {
      hint: `nothing was changed; ${missing === undefined ? correction(test) : modulesHint(test.paths.platform, missing)}`,
    },
  )
}

async function checkListing(test: VhostTest, listing: readonly ListedVhost[]): Promise<string[]> {
  const { paths, host } = test
  const ours = candidateFile(test)
  const notes: string[] = []
  const named = listing.filter(
    vhost => vhost.file !== ours && serves({ names: [vhost.name, ...vhost.aliases] }, host),
  )
  for (const { file, line, address, aliases } of named) {
    const text = (await readFileIfPresent(file))?.toString('utf8') ?? ''
    const isStated = serves({ names: aliases }, host) || parseVhosts(text).some(vhost => serves(vhost, host))
    if (isStated || !isNameless(text, line)) {
      throw new TeamchatError('check.failed', `cannot set up the vhost: ${file} already serves ${host}`, {
        hint: 'nothing was changed; take it over with teamchat adopt --vhost, disable that site, choose another VirtualHost, or type: teamchat config setprop mattermost WebServer none',
      })
    }
    // Apache gives a vhost without ServerName the name of the host, and the first one of a name is the one that counts.
    if (listing.some(vhost => vhost.file === ours && vhost.address === address)) {
      notes.push(
        `${file}:${line} has no ServerName and so gets what is for ${host}, the name of this host, on ${address}: give it another`,
      )
    }
  }
  const taken = takenDefaults(listing, ours)
  if (taken.length === 0) return notes
  const before = test.isLive ? await runApacheTest(asItIs(test), await liveText(test)) : undefined
  for (const { address, from } of taken) {
    const isOurs = (vhost: ListedVhost) => vhost.isDefault && vhost.address === address && vhost.file === ours
    // What is broken now is mended by this change, and tells nothing of who came first.
    if (before !== undefined && (before.complaint !== undefined || before.listing.some(isOurs))) {
      notes.push(`our vhost is the default one of ${address}, before ${from.file}, as it was`)
      continue
    }
    throw new TeamchatError(
      'check.failed',
      `cannot set up the vhost: it would become the default one of ${address}, which is ${from.name} (${from.file}) now`,
      {
        hint: `nothing was changed; let that one come first (Apache reads them in the order of their names, ours is ${paths.vhostLink ?? paths.vhostFile}), or type: teamchat config setprop mattermost WebServer none`,
      },
    )
  }
  return notes
}

/** Whether the virtual host that begins at a line says no name, by itself or by what it includes; a macro is none to read. */
function isNameless(text: string, line: number): boolean {
  const [block = ''] = text
    .split('\n')
    .slice(line - 1)
    .join('\n')
    .split(/^\s*<\/VirtualHost>/im)
  return /^\s*<VirtualHost\b/i.test(block) && !/^\s*(ServerName|Include|IncludeOptional|Use)\s/im.test(block)
}

/** Without what comes and goes with the change. */
function asItIs<Test extends ApacheTest>(test: Test): Test {
  return { ...test, modules: [], without: [] }
}

async function liveText({ paths }: ApacheTest): Promise<string | undefined> {
  return (await readFileIfPresent(paths.vhostFile))?.toString('utf8')
}

function modulesHint(platform: Platform, command: string): string {
  if (platform === 'debian') {
    return 'no package has brought it: apt-get install --reinstall apache2, then: teamchat apply'
  }
  if (command.startsWith('SSL')) return 'install mod_ssl (dnf install mod_ssl), then: teamchat apply'
  return 'load mod_proxy, mod_proxy_http, mod_proxy_wstunnel, mod_rewrite, mod_headers and mod_alias of the package httpd (conf.modules.d), then: teamchat apply'
}

function correction(test: ApacheTest): string {
  return `teamchat plan shows its lines; correct the settings, or the site's own fragments in ${test.root}/etc/teamchatd/templates-custom/mattermost.conf`
}
