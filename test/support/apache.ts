import type { Certificate } from './certificates.js'
import type { Host } from './host/host.js'

export interface ApacheOptions {
  /** Modules to enable beside Debian's default ones, without `mod_`. */
  modules?: readonly string[]
  /** Default true, as Debian installs it; false takes `000-default` away. */
  defaultSite?: boolean
}

/** Debian's self-signed certificate: made by ssl-cert, for the name of the machine that made the base. */
export const snakeoil: Certificate = {
  certFile: '/etc/ssl/certs/ssl-cert-snakeoil.pem',
  keyFile: '/etc/ssl/private/ssl-cert-snakeoil.key',
}

/**
 * Makes Apache what it is after `apt-get install apache2`: enabled and running, on port 80. Needs a host with
 * systemd. Without `modules` it knows no ProxyPass, as on a fresh Debian.
 */
export async function installApache(host: Host, options: ApacheOptions = {}): Promise<void> {
  const { modules = [], defaultSite = true } = options
  if (modules.length > 0) await host.run(['a2enmod', '--quiet', ...modules])
  if (!defaultSite) await host.run(['a2dissite', '--quiet', '000-default'])
  await host.run(['systemctl', 'enable', '--now', 'apache2.service'])
}
