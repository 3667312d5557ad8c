import t from 'tap'
import { createProvider } from '../../src/directory/provider.js'
import { providerSettings } from '../support/provider-settings.js'

const settings = providerSettings({
  provider: 'none',
  file: '/people.ldif',
  uri: 'ldaps://ad.example.org',
  baseDn: 'dc=x',
  userDn: 'dc=x',
})
const deps = { below: (path: string) => path, readSecret: async () => undefined }

t.test('no provider', async t => {
  t.throws(() => createProvider(settings, deps), {
    code: 'directory.invalid',
    message: 'cannot read the directory: the record sssd names no account provider',
    hint: /teamchat config setprop sssd Provider/,
  })
})

t.test('the others are made without reading anything', async t => {
  t.equal(createProvider({ ...settings, provider: 'ldap' }, deps).watchedFile, undefined)
  const ad = { ...settings, provider: 'ad', bindDn: 'reader@ad.example.org' } as const
  t.equal(createProvider(ad, deps).identity.provider, 'ad:X')
  t.equal(createProvider({ ...settings, provider: 'file' }, deps).watchedFile, '/people.ldif')
})
