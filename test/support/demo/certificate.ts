import { chmod, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Paths } from '../../../src/paths.js'
import { exec } from '../../../src/system/exec.js'
import { cleanEnvironment } from './environment.js'

/**
 * Makes the self-signed certificate that a host has from its installation, and gives its path.
 * undefined: there is no openssl on this machine, so the vhost will serve port 80 alone.
 */
export async function makeCertificate(paths: Paths, names: string[]): Promise<string | undefined> {
  const [place] = paths.apache(paths.hostPlatform).selfSigned
  if (place === undefined) return undefined
  await mkdir(dirname(place.certificate), { recursive: true })
  await mkdir(dirname(place.key), { recursive: true, mode: 0o700 })
  const subject = [
    '-subj',
    `/CN=${names[0]}`,
    '-addext',
    `subjectAltName=${names.map(name => `DNS:${name}`)}`,
  ]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', place.key, '-out', place.certificate]
  try {
    const { status } = await exec(
      'openssl',
      ['req', '-x509', '-days', '3650', ...curve, ...subject, ...files],
      {
        env: cleanEnvironment(process.env),
      },
    )
    if (status !== 0) return undefined
  } catch {
    // No openssl: the demonstration does without, and says so.
    return undefined
  }
  await chmod(place.key, 0o600)
  return place.certificate
}
