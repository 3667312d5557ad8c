import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const CONFIG = '/opt/mattermost/config/config.json'
const ENABLED = '/etc/apache2/sites-enabled'

/** What Mattermost and Apache have read when they were last started or reloaded, or would read now. */
export interface Loaded {
  mattermost: string | undefined
  apache: Record<string, string>
}

/** What lies on the disk of the host below `root`. */
export function onDisk(root: string): Loaded {
  const apache: Record<string, string> = {}
  for (const name of readdirSync(root + ENABLED).sort()) {
    // A link that leads nowhere, and a name that Apache passes over, are no site.
    const path = join(root + ENABLED, name)
    if (name.endsWith('.conf') && existsSync(path)) apache[name] = readFileSync(path, 'utf8')
  }
  return { mattermost: textOf(root + CONFIG), apache }
}

/** What the services work with. */
export function loadedBy(root: string): Loaded {
  const apache = textOf(`${root}/services/loaded/apache2.service`)
  return {
    mattermost: textOf(`${root}/services/loaded/mattermost.service`),
    apache: apache === undefined ? {} : JSON.parse(apache),
  }
}

/** Keeps what a service reads when this is asked of it. */
export function noteLoaded(root: string, verb: string, unit: string): void {
  if (!['start', 'restart', 'reload', 'api-reload'].includes(verb)) return
  const { mattermost, apache } = onDisk(root)
  const text = unit === 'mattermost.service' ? mattermost : JSON.stringify(apache)
  mkdirSync(`${root}/services/loaded`, { recursive: true })
  writeFileSync(`${root}/services/loaded/${unit}`, text ?? '')
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
