import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { TeamchatError } from '../../../src/errors.js'
import {
  type Certificate,
  createAuthority,
  createCertificate,
  machineOpenssl,
} from '../../support/certificates.js'
import { CONFIG, createSite, type Site, STATE, VHOST } from '../../support/settings-site.js'

const HOST = 'chat.example.org'
const RELOAD = 'reload apache2.service'
const DAY = 86_400_000

const folder = t.testdir({})
const authority = await createAuthority(machineOpenssl, folder)
const day = (days: number) => new Date(Math.floor(Date.now() / DAY) * DAY + days * DAY)
const make = (name: string, days: number, more: { authority?: Certificate } = { authority }) =>
  createCertificate(machineOpenssl, folder, { name, dnsNames: [HOST], validTo: day(days), ...more })
const [first, second, third, own] = await Promise.all([
  make('first', 30),
  make('second', 90),
  make('third', 120),
  make('own', 3650, {}),
])

const shown = (days: number) => day(days).toISOString().slice(0, 10)
const cause = (days: number) => `certificate of ${HOST} renewed (valid until ${shown(days)})`

interface Renewal {
  site: Site
  /** Puts certificate and key in place, or one of them alone. */
  put(files: { certificate?: Certificate; key?: Certificate }): void
  run: Site['service']['run']
}

type Place = (site: Site) => Pick<Renewal, 'put'>

/** certbot: links into an archive, which are made anew. */
const certbot: Place = site => {
  const live = join(site.root, `/etc/letsencrypt/live/${HOST}`)
  const archive = join(site.root, `/etc/letsencrypt/archive/${HOST}`)
  for (const one of [live, archive]) mkdirSync(one, { recursive: true })
  let number = 0
  const link = (name: string, from: string) => {
    number += 1
    copyFileSync(from, join(archive, `${name}${number}.pem`))
    rmSync(join(live, `${name}.pem`), { force: true })
    symlinkSync(`../../archive/${HOST}/${name}${number}.pem`, join(live, `${name}.pem`))
  }
  return {
    put: ({ certificate, key }) => {
      if (certificate !== undefined) link('fullchain', certificate.certFile)
      if (key !== undefined) link('privkey', key.keyFile)
    },
  }
}

/** Files that are written over. */
const files: Place = site => {
  site.set({ certificateFile: '/etc/tls/chat.pem', keyFile: '/etc/tls/chat.key' })
  const tls = join(site.root, '/etc/tls')
  mkdirSync(tls)
  return {
    put: ({ certificate, key }) => {
      if (certificate !== undefined) copyFileSync(certificate.certFile, join(tls, 'chat.pem'))
      if (key !== undefined) copyFileSync(key.keyFile, join(tls, 'chat.key'))
    },
  }
}

/** A site that serves `first`; the system's self-signed one is there as well. */
async function served(t: Parameters<typeof createSite>[0], place: Place): Promise<Renewal> {
  const site = createSite(t)
  const { put } = place(site)
  put({ certificate: first, key: first })
  for (const [path, file] of [
    ['/etc/ssl/certs/ssl-cert-snakeoil.pem', own.certFile],
    ['/etc/ssl/private/ssl-cert-snakeoil.key', own.keyFile],
  ] as const) {
    mkdirSync(join(site.root, path, '..'), { recursive: true })
    copyFileSync(file, site.root + path)
  }
  await site.service.run({ cause: 'start' })
  site.actions()
  return { site, put, run: options => site.restarted().run(options) }
}

const actionsOf = async ({ site }: Renewal) =>
  (await site.service.plan()).actions.map(
    ({ verb, target, causes }) => `${verb} ${target}: ${causes.join('; ')}`,
  )

for (const [name, place] of Object.entries({ certbot, files })) {
  t.test(`${name}: renewed under the same path, Apache loads it, once`, async t => {
    const renewal = await served(t, place)
    const { site, put, run } = renewal
    t.match(site.file(VHOST), /SSLCertificateFile/)
    t.equal(await site.service.renewedCertificate(), undefined)
    t.same(await actionsOf(renewal), [])
    put({ certificate: second, key: second })
    t.ok(await site.service.renewedCertificate())
    t.same(await actionsOf(renewal), [`${RELOAD}: ${cause(90)}`])
    t.same((await run({ cause: 'certificate-update' })).done, [`${RELOAD}: ${cause(90)}`])
    t.same(site.actions(), [RELOAD])
    t.equal(await site.service.renewedCertificate(), undefined)
    t.equal((await run({ cause: 'certificate-update' })).state, 'unchanged')
    t.same(site.actions(), [])
    put({ certificate: third, key: third })
    t.same((await run({ cause: 'apply' })).done, [`${RELOAD}: ${cause(120)}`], 'any apply sees it too')
    const state = site.file(STATE)
    t.notMatch(state, /PRIVATE|BEGIN/)
  })

  t.test(`${name}: in the middle of a renewal nothing is loaded and nothing gives way`, async t => {
    const renewal = await served(t, place)
    const { site, put, run } = renewal
    const vhost = site.file(VHOST)
    put({ certificate: second })
    t.equal(await site.service.renewedCertificate(), undefined, 'not yet')
    const outcome = await run({ cause: 'certificate-update' })
    t.match(outcome, {
      state: 'unchanged',
      done: [],
      renewing: [/cannot be loaded just now: the key .* does not belong to it$/],
    })
    t.match(outcome.plan.notes, [/cannot be loaded just now.*looked at again; until then Apache serves/])
    t.match((await site.service.status()).drift, [
      /cannot be loaded just now.*: Apache serves the former one$/,
    ])
    t.same(site.actions(), [])
    t.equal(site.file(VHOST), vhost, 'no self-signed one in its place')

    site.set({ smtpServer: 'mail.example.org' })
    await run({ cause: 'db-changed' })
    t.equal(
      site.config().EmailSettings?.SMTPServer,
      'mail.example.org',
      'what does not concern Apache is done',
    )
    const config = site.file(CONFIG)
    site.set({ virtualHost: 'talk.example.org' })
    await t.rejects(run({ cause: 'db-changed' }), {
      code: 'services.failed',
      message: /^cannot reload apache2\.service: the certificate .* does not belong to it/,
    })
    t.same([site.file(CONFIG), site.file(VHOST)], [config, vhost], 'what does waits as a whole')
    site.set({ virtualHost: HOST })
    put({ key: second })
    t.ok(await site.service.renewedCertificate())
    t.same((await run({ cause: 'certificate-update' })).done, [`${RELOAD}: ${cause(90)}`])
    t.same(site.actions(), [RELOAD])
  })
}

t.test('what counts as another certificate', async t => {
  const renewal = await served(t, files)
  const { site, put } = renewal
  site.set({ chainFile: '/etc/tls/chain.pem' })
  copyFileSync(authority.certFile, join(site.root, '/etc/tls/chain.pem'))
  await site.service.run({ cause: 'db-changed' })
  site.actions()
  const pem = join(site.root, '/etc/tls/chat.pem')
  const text = site.file('/etc/tls/chat.pem')
  const cases: [string, () => void, boolean][] = [
    ['touched', () => writeFileSync(pem, text), false],
    [
      'another inode',
      () => {
        writeFileSync(`${pem}.new`, text)
        renameSync(`${pem}.new`, pem)
      },
      false,
    ],
    ['spelled otherwise', () => writeFileSync(pem, `# comment\n${text.replaceAll('\n', '\r\n')}`), false],
    ['torn', () => writeFileSync(pem, text.slice(0, 300)), false],
    ['whole again', () => writeFileSync(pem, text), false],
    [
      'another chain',
      () => site.write('/etc/tls/chain.pem', `${site.file('/etc/tls/chain.pem')}${text}`),
      true,
    ],
    ['another certificate and key', () => put({ certificate: second, key: second }), true],
  ]
  for (const [name, change, wanted] of cases) {
    change()
    t.equal((await actionsOf(renewal)).length > 0, wanted, name)
    t.equal(
      (await site.service.renewedCertificate()) !== undefined,
      wanted,
      `${name}: the look says the same`,
    )
    await site.restarted().run({ cause: 'certificate-update' })
    t.same(site.actions(), wanted ? [RELOAD] : [], name)
  }
})

t.test('a reload that fails stays owed with its cause', async t => {
  const { site, put, run } = await served(t, files)
  put({ certificate: second, key: second })
  site.setUnit('apache2.service', { active: 'activating', enabled: 'enabled' })
  const error = await run({ cause: 'certificate-update' }).catch((reason: unknown) => reason)
  t.ok(error instanceof TeamchatError && error.code === 'services.failed')
  t.same((await site.service.status()).owed, [`${RELOAD}: ${cause(90)}`])
  site.setUnit('apache2.service', { active: 'active', enabled: 'enabled' })
  t.same((await run({ cause: 'retry' })).done, [`${RELOAD}: ${cause(90)}`])
})

t.test('not ours: the web server is the site’s', async t => {
  const renewal = await served(t, files)
  const { site, put } = renewal
  site.set({ webServer: 'none' })
  await site.service.run({ cause: 'db-changed' })
  site.actions()
  put({ certificate: second, key: second })
  t.same(await actionsOf(renewal), [])
  t.equal(await site.service.renewedCertificate(), undefined)
})

t.test('a certificate that is gone for good gives way to the next one', async t => {
  const renewal = await served(t, certbot)
  const { site, run } = renewal
  rmSync(join(site.root, '/etc/letsencrypt'), { recursive: true })
  await run({ cause: 'certificate-update' })
  t.match(site.file(VHOST), /SSLCertificateFile ".*snakeoil\.pem"/)
})

t.test('one that a fragment of the site names is followed from the run on that brings it', async t => {
  const { site, run } = await served(t, files)
  const put = ({ certFile, keyFile }: Certificate) => {
    copyFileSync(certFile, join(site.root, '/etc/tls/own.pem'))
    copyFileSync(keyFile, join(site.root, '/etc/tls/own.key'))
  }
  put(third)
  site.write(
    '/etc/teamchatd/templates-custom/mattermost.conf/90-own.njk',
    `<VirtualHost *:8443>
ServerName other.example.org
SSLCertificateFile ${site.root}/etc/tls/own.pem
SSLCertificateKeyFile ${site.root}/etc/tls/own.key
</VirtualHost>
`,
  )
  await run({ cause: 'apply' })
  t.match(site.file(VHOST), /own\.pem/)
  site.actions()
  t.equal(await site.service.renewedCertificate(), undefined)
  put(second)
  t.ok(await site.service.renewedCertificate(), 'the look sees the renewal')
  t.same((await run({ cause: 'certificate-update' })).done, [`${RELOAD}: ${cause(90)}`])
  t.same(site.actions(), [RELOAD])
  t.equal(await site.service.renewedCertificate(), undefined)
  t.same((await run({ cause: 'certificate-update' })).done, [], 'once')
})

t.test('nothing was recorded by an older version: it is from now on, without a reload', async t => {
  const { site, put, run } = await served(t, files)
  const { certificates, ...older } = JSON.parse(site.file(STATE))
  t.ok(certificates)
  site.write(STATE, JSON.stringify(older), 0o600)
  t.same((await run({ cause: 'start' })).done, [])
  t.same(site.actions(), [])
  put({ certificate: second, key: second })
  t.same((await run({ cause: 'certificate-update' })).done, [`${RELOAD}: ${cause(90)}`])
})
