import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { TeamchatError } from '../../errors.js'
import type { Platform } from '../../paths.js'
import type { Exec } from '../../system/exec.js'
import { isMissing } from '../../system/files/errors.js'

/** Apache's program on this host. */
export interface ApacheProgram {
  path: string
  /** undefined where it does not say. */
  version: [number, number, number] | undefined
}

/** `apache2ctl` on Debian, since it reads envvars; `httpd` on RHEL, whose apachectl is a wrapper around systemctl. */
const PROGRAMS: Record<Platform, string> = { debian: 'apache2ctl', rhel: 'httpd' }
const PACKAGES: Record<Platform, string> = { debian: 'apache2', rhel: 'httpd mod_ssl' }

/** The name of Apache's program, for messages. */
export function apacheProgramName(platform: Platform): string {
  return PROGRAMS[platform]
}

/** Looks for Apache's program in PATH and /usr/sbin and asks its version; undefined without one. */
export async function findApache(
  platform: Platform,
  exec: Exec,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ApacheProgram | undefined> {
  for (const folder of [...(env.PATH ?? '').split(':').filter(part => part.startsWith('/')), '/usr/sbin']) {
    const path = join(folder, PROGRAMS[platform])
    try {
      accessSync(path, constants.X_OK)
    } catch (error) {
      if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EACCES') continue
      throw error
    }
    const { stdout } = await exec(path, ['-v'], { env })
    const version = /Apache\/(\d+)\.(\d+)\.(\d+)/.exec(stdout)
    return {
      path,
      version: version === null ? undefined : [Number(version[1]), Number(version[2]), Number(version[3])],
    }
  }
  return undefined
}

/** The remedy where there is no Apache at all. */
export function noApache(platform: Platform): TeamchatError {
  return new TeamchatError('check.failed', `cannot set up the vhost: there is no ${PROGRAMS[platform]}`, {
    hint: `install ${PACKAGES[platform]}, or type: teamchat config setprop mattermost WebServer none (another web server proxies to Mattermost)`,
  })
}
