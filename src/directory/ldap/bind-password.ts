import type { ProviderSettings } from '../../configdb/settings.js'
import { TeamchatError } from '../../errors.js'
import type { ProviderDependencies } from '../account-provider.js'
import type { ConnectionContext } from './errors.js'

/** The secret file that holds the bind password of NethServer's local LDAP. */
const bindSecret = 'ldapservice'

/**
 * The password of sssd BindDN, from the DB or from the secret file; '' for an anonymous bind. Throws
 * `directory.bind` where there is none: with an empty one the bind would be anonymous.
 */
export async function bindPassword(
  settings: ProviderSettings,
  context: ConnectionContext,
  deps: ProviderDependencies,
): Promise<string> {
  if (settings.bindDn === '') return ''
  if (settings.bindPassword !== '') return settings.bindPassword
  const place = deps.secretFile?.(bindSecret) ?? bindSecret
  const secret = settings.passwordInSecretFile ? await deps.readSecret(bindSecret) : undefined
  if (secret !== undefined && secret !== '') return secret
  // A DN without a password would be an anonymous bind that looks like a success (RFC 4513, section 5.1.2).
  const missing = settings.passwordInSecretFile
    ? `the secret file ${place} is ${secret === undefined ? 'missing' : 'empty'}`
    : 'no password is set'
  throw new TeamchatError(
    'directory.bind',
    `cannot log in to the directory ${context.url} as ${context.bindDn}: ${missing}`,
    { hint: 'set it: teamchat config setprop sssd BindPassword -' },
  )
}
