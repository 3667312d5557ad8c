import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../../src/paths.js'

/**
 * What a host has beside the packages of the machine. The first three are the host itself: the machine that
 * runs the tests may be a container without them.
 */
export const testHostPackages: readonly string[] = [
  'systemd',
  'dbus',
  'iproute2',
  'apache2',
  'ssl-cert',
  'openssl',
  'ca-certificates',
  'slapd',
  'ldap-utils',
  'postgresql',
]

/** The program that makes hosts; `test-host` without arguments explains it. */
export const testHostProgram: string = join(projectRoot(), 'test/support/host/test-host')

/**
 * Folders for the installed packages, best first. The project's own keeps them with the checkout; in a
 * container that is often an overlay, which cannot carry another one, hence the tmpfs at the end.
 */
function cacheCandidates(): string[] {
  const chosen = process.env.TEAMCHAT_TEST_CACHE
  if (chosen !== undefined && chosen !== '') return [chosen]
  // A build folder may have links into its checkout: the checkout's cache serves both.
  const checkout = projectRoot(realpathSync(testHostProgram))
  return [join(checkout, '.cache/test-host'), '/var/tmp/teamchat-test-host', '/dev/shm/teamchat-test-host']
}

/** The first folder that can hold bases, or the reasons why none can, in words for a person. */
export function findCache(): { cache: string } | { reason: string } {
  if (process.getuid?.() !== 0)
    return { reason: 'a test host needs root: only root can make namespaces and mounts' }
  const reasons: string[] = []
  for (const cache of cacheCandidates()) {
    const checked = spawnSync(testHostProgram, ['check', cache], { encoding: 'utf8' })
    if (checked.status === 0) return { cache }
    reasons.push((checked.stderr || String(checked.error ?? '')).trim().replace(/^test-host: /, ''))
  }
  const hint =
    'TEAMCHAT_TEST_CACHE may name a folder on ext4, xfs, btrfs or tmpfs outside of /usr, /etc and /var'
  return { reason: `a test host cannot run here: ${[...new Set(reasons)].join('; ')} (${hint})` }
}

/** `true`, or why this machine cannot run a test host. Makes a mount in a namespace of its own to find out. */
export function canRunHost(): true | string {
  const found = findCache()
  return 'cache' in found ? true : found.reason
}

/**
 * The folder of the installed packages, made when it is missing (about 20 s and the package sources of Debian;
 * others who want it wait). A second call takes some milliseconds. Blocks. Throws when hosts cannot run here,
 * or when a package cannot be installed, with apt's last lines.
 */
export function prepareBase(packages: readonly string[] = testHostPackages): string {
  const found = findCache()
  if ('reason' in found) throw new Error(found.reason)
  const sorted = [...packages].sort()
  // Two checkouts with a cache in common and different packages do not take turns in making it.
  const name = createHash('sha256').update(sorted.join(' ')).digest('hex').slice(0, 12)
  const base = join(found.cache, `base-${name}`)
  if (!existsSync(join(base, 'stamp'))) {
    process.stderr.write(`test host: installing ${sorted.length} packages into ${base}, once\n`)
  }
  const made = spawnSync(testHostProgram, ['prepare', base, ...sorted], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`cannot prepare the test host: ${made.stderr}`)
  return base
}
