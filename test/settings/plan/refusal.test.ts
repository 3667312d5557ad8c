import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { errorOf } from '../../support/error-of.js'
import { createSite, type Site, VHOST } from '../../support/settings-site.js'

const refused = /BROKEN/

/** A site whose Apache refuses what would be written, and then would accept it. */
async function refusedSite(t: Parameters<typeof createSite>[0]): Promise<Site> {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  site.set({ acmeWebroot: '/srv/BROKEN' })
  await errorOf(site.service.run({ cause: 'db-changed' }))
  writeFileSync(
    join(site.root, 'bin/apache2ctl'),
    '#!/bin/sh\necho "Server version: Apache/2.4.62"\nexit 0\n',
    {
      mode: 0o755,
    },
  )
  return site
}

t.test(
  'values that a check refused are not tried again by an unrelated save, also by a new process',
  async t => {
    const site = await refusedSite(t)
    site.set({ sendEmail: site.settings.mattermost.sendEmail })
    for (const service of [site.service, site.restarted()]) {
      const outcome = await service.run({ cause: 'db-changed' })
      t.equal(outcome.state, 'held')
      t.match(
        outcome.plan.notes.join('\n'),
        /not tried again with the same values until teamchat apply: .*BROKEN/,
      )
      t.notMatch(site.file(VHOST), refused)
    }
    t.match((await site.service.plan()).notes.join('\n'), /refused at .*BROKEN/)
    t.match((await site.restarted().status()).lastError, { message: refused })
  },
)

for (const cause of ['apply', 'start'] as const) {
  t.test(`a check that writes nothing is done again: ${cause}`, async t => {
    const site = await refusedSite(t)
    t.equal((await site.restarted().run({ cause })).state, 'applied')
    t.match(site.file(VHOST), refused)
    t.equal((await site.restarted().status()).lastError, undefined)
  })
}

t.test('a relevant change is tried, and ends the refusal', async t => {
  const site = await refusedSite(t)
  site.set({ acmeWebroot: '/srv/acme' })
  t.equal((await site.service.run({ cause: 'db-changed' })).state, 'applied')
  t.match(site.file(VHOST), '/srv/acme')
  t.notMatch(JSON.stringify(await site.service.plan()), /refused at/)
})

t.test('what broke the site and was undone is tried again by force or with other values alone', async t => {
  const site = createSite(t)
  await site.service.run({ cause: 'start' })
  let isWell = true
  site.health = {
    before: async () => ({}),
    after: async (_world, _actions, _before, undone) => (isWell || undone ? [] : ['the site is down']),
  }
  isWell = false
  site.set({ listenPort: 8066 })
  const service = site.restarted()
  t.match(await errorOf(service.run({ cause: 'db-changed' })), {
    code: 'change.undone',
    message: /site is down/,
  })
  isWell = true
  site.actions()
  for (const cause of ['db-changed', 'start'] as const) {
    t.equal((await site.restarted().run({ cause })).state, 'held')
  }
  t.match(await errorOf(site.restarted().run({ cause: 'apply' })), {
    code: 'change.undone',
    hint: /apply --force/,
  })
  t.same(site.actions(), [], 'nothing was touched')
  t.equal((await site.restarted().run({ cause: 'apply', force: true })).state, 'applied')
  t.equal(site.config().ServiceSettings?.ListenAddress, '127.0.0.1:8066')
})
