import { join } from 'node:path'
import { readFileIfPresent } from '../system/files/files.js'

/** How certbot will renew a certificate. */
export interface Renewal {
  /** certbot's name for it. */
  name: string
  /** `apache`, `webroot`, `standalone`, `nginx`, a DNS plugin …; '' where it does not say. */
  authenticator: string
  /** The folder that certbot puts the proof for this host into; undefined without one. */
  webroot: string | undefined
}

/**
 * How the certificate of `file` (`…/live/NAME/…`) is renewed, by certbot's own note; undefined where it is none of
 * certbot's. `folder`: where the notes lie.
 */
export async function readRenewal(file: string, host: string, folder: string): Promise<Renewal | undefined> {
  const name = /\/etc\/letsencrypt\/live\/([^/]+)\//.exec(file)?.[1]
  if (name === undefined) return undefined
  const text = (await readFileIfPresent(join(folder, `${name}.conf`)))?.toString('utf8')
  if (text === undefined) return undefined
  const of = (key: string) =>
    new RegExp(`^\\s*${key.replaceAll(/[.*]/g, '\\$&')}\\s*=\\s*(.*?)\\s*$`, 'm').exec(text)?.[1]
  const first = (of('webroot_path') ?? '').split(',').map(part => part.trim())[0]
  const webroot = of(host) ?? first
  return {
    name,
    authenticator: of('authenticator') ?? '',
    webroot: webroot?.startsWith('/') === true ? webroot : undefined,
  }
}
