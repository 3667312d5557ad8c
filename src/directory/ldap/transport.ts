import type { ServerAddress } from './server-address.js'

/** How what is said to a server goes over the wire. */
export interface Transport {
  by: 'tls' | 'starttls' | 'socket' | 'loopback' | 'plain'
  /** False: any certificate is taken. */
  verified: boolean
}

/** By LdapURI, StartTls and TlsVerify. */
export function transportOf(
  { scheme, host }: ServerAddress,
  settings: { startTls: boolean; tlsVerify: boolean },
): Transport {
  const by =
    scheme === 'ldapi'
      ? 'socket'
      : scheme === 'ldaps'
        ? 'tls'
        : settings.startTls
          ? 'starttls'
          : /^(127\.|localhost$|::1$)/.test(host)
            ? 'loopback'
            : 'plain'
  return { by, verified: settings.tlsVerify }
}
