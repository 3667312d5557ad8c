import { join } from 'node:path'
import type { Exec } from '../system/exec.js'
import { readFileIfPresent } from '../system/files/files.js'
import { certificateOf } from './certificate.js'
import { type Check, notOurSite } from './check.js'
import { fail, pass, type Said, shellWord, skip, warn } from './finding.js'

/** Where the kernel shows SELinux; the folder is there only where it is on. */
const KERNEL = '/sys/fs/selinux'
const BOOLEAN = 'httpd_can_network_connect'

/** Where SELinux is on: the web server may connect to Mattermost, and the files that it reads have their labels. */
export const selinuxCheck: Check = {
  name: 'selinux',
  unless: notOurSite,
  look: async view => {
    const state = await readSelinux(KERNEL)
    if (state === undefined) return [skip('SELinux is off')]
    const certificate = await certificateOf(view).catch(() => undefined)
    const files = [view.apache.vhostFile, certificate?.certificateFile, certificate?.keyFile]
    const paths = [...files.filter(path => path !== undefined), view.settings.mattermost.acmeWebroot]
    return judgeSelinux({ ...state, relabel: await wrongLabels(paths, view.exec, view.env) })
  },
}

export interface SelinuxState {
  enforcing: boolean
  /** Whether httpd_can_network_connect is on; undefined where the policy does not know it. */
  canConnect: boolean | undefined
  /** Paths whose label is not the policy's; undefined without restorecon. */
  relabel: string[] | undefined
}

/** undefined where SELinux is off. */
export async function readSelinux(folder: string): Promise<Omit<SelinuxState, 'relabel'> | undefined> {
  const text = async (name: string) => (await readFileIfPresent(join(folder, name)))?.toString('utf8')
  const enforce = await text('enforce')
  if (enforce === undefined) return undefined
  // "current pending"
  const boolean = await text(`booleans/${BOOLEAN}`)
  return {
    enforcing: enforce.trim() === '1',
    canConnect: boolean === undefined ? undefined : boolean.trim().startsWith('1'),
  }
}

export function judgeSelinux({ enforcing, canConnect, relabel }: SelinuxState): Said[] {
  const bad = enforcing ? fail : warn
  const mode = enforcing ? 'enforcing' : 'permissive'
  const found: Said[] = []
  if (canConnect === false) {
    found.push(
      bad(
        BOOLEAN,
        `off (SELinux is ${mode}): the web server may not connect to Mattermost`,
        `setsebool -P ${BOOLEAN} on`,
      ),
    )
  }
  if (relabel !== undefined && relabel.length > 0) {
    found.push(
      bad(
        'labels',
        `not as the policy wants them (SELinux is ${mode}): ${relabel.join(', ')}`,
        `restorecon -Rv ${relabel.map(shellWord).join(' ')}`,
      ),
    )
  }
  if (found.length > 0) return found
  const labels =
    relabel === undefined ? 'labels were not looked at: there is no restorecon' : 'labels are right'
  return [
    pass(
      `SELinux ${mode}`,
      `${canConnect === undefined ? `the policy has no ${BOOLEAN}` : `${BOOLEAN} is on`}, ${labels}`,
    ),
  ]
}

/** `restorecon -n` says what it would do, and does nothing. */
async function wrongLabels(
  paths: string[],
  exec: Exec,
  env: NodeJS.ProcessEnv,
): Promise<string[] | undefined> {
  try {
    const { stdout } = await exec('restorecon', ['-n', '-v', ...paths], { env: { ...env, LC_ALL: 'C' } })
    return [...stdout.matchAll(/^(?:Would relabel|restorecon reset) (.+?) (?:from|context) /gm)].map(
      match => match[1] ?? '',
    )
  } catch {
    return undefined // no such program: the policy's tools are not installed
  }
}
