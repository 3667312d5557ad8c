import { normalize } from 'node:path'

/** Folders that hold what a site's output may be; everything else belongs to the system or to programs. */
const ALLOWED = ['/etc', '/usr/local/etc', '/opt', '/srv', '/var/www', '/var/lib', '/var/spool']

/** Files and folders with which a mistake locks everybody out, or hands the host over. */
const CRITICAL = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/group',
  '/etc/gshadow',
  '/etc/subuid',
  '/etc/subgid',
  '/etc/sudoers',
  '/etc/sudoers.d',
  '/etc/doas.conf',
  '/etc/pam.d',
  '/etc/pam.conf',
  '/etc/security',
  '/etc/polkit-1',
  '/etc/dbus-1',
  '/etc/ssh',
  '/etc/ssl/private',
  '/etc/pki/tls/private',
  '/etc/letsencrypt',
  '/etc/fstab',
  '/etc/crypttab',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/ld.so.preload',
  '/etc/nsswitch.conf',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/machine-id',
  '/etc/login.defs',
  '/etc/shells',
  '/etc/securetty',
  '/etc/environment',
  '/etc/profile',
  '/etc/profile.d',
  '/etc/bash.bashrc',
  '/etc/bashrc',
  '/etc/crontab',
  '/etc/cron.d',
  '/etc/cron.hourly',
  '/etc/cron.daily',
  '/etc/cron.weekly',
  '/etc/cron.monthly',
  '/etc/init.d',
  '/etc/rc.d',
  '/etc/rc.local',
  '/etc/inittab',
  '/etc/systemd',
  '/etc/udev',
  '/etc/modprobe.d',
  '/etc/modules-load.d',
  '/etc/sysctl.conf',
  '/etc/sysctl.d',
  '/etc/selinux',
  '/etc/apparmor.d',
  '/etc/default/grub',
  '/etc/grub.d',
  '/etc/apt',
  '/etc/yum',
  '/etc/yum.conf',
  '/etc/yum.repos.d',
  '/etc/dnf',
  '/etc/e-smith',
  '/etc/teamchatd',
  '/var/lib/teamchatd',
  '/var/lib/nethserver',
  '/var/lib/dpkg',
  '/var/lib/rpm',
  '/var/lib/systemd',
  '/var/lib/postgresql',
  '/var/lib/pgsql',
  '/var/spool/cron',
]

/**
 * Why a site's output may not stand at `path` (as an administrator names it, not below --root); undefined where it may.
 * `taken`: files and folders that this site has for something else (Mattermost's Home, its data, the package's outputs).
 */
export function placeProblem(path: string, taken: readonly string[]): string | undefined {
  if (!path.startsWith('/')) return 'the path must be absolute'
  if (/\p{Cc}/u.test(path)) return 'the path holds a control character'
  if (path.split('/').includes('..')) return 'the path may not hold ".."'
  if (path.endsWith('/') || normalize(path) !== path)
    return 'the path must be written without "//", "." or a slash at its end'
  if (!ALLOWED.some(folder => path.startsWith(`${folder}/`))) {
    return `own outputs stand below ${ALLOWED.join(', ')} only`
  }
  const critical = CRITICAL.find(place => isAt(path, place) || path === `${place}-`)
  if (critical !== undefined) {
    return `${critical} is refused: with a mistake there nobody could log in or start anything, or too many could`
  }
  const mine = taken.find(place => place !== '' && isAt(path, place))
  return mine === undefined ? undefined : `${mine} belongs to Mattermost or to teamchatd itself`
}

function isAt(path: string, place: string): boolean {
  const folder = place.replace(/\/+$/, '')
  return path === folder || path.startsWith(`${folder}/`)
}
