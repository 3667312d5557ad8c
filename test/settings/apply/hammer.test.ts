import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { reasonOf } from '../../../src/errors.js'
import { CONFIG, createSite, JOURNAL, type Site } from '../../support/settings-site.js'

const TIMES = 12
const program = fileURLToPath(new URL('../../support/config-hammer.js', import.meta.url))
/** What an apply says that lost the race: it has changed nothing then. */
const LOST = /somebody|half written|did not take over|it is empty|not JSON/

/** The number of the writer's last word; between its truncation and its write there is none. */
async function nameIn(site: Site): Promise<number> {
  for (;;) {
    try {
      return Number(String(site.config().TeamSettings?.SiteName ?? 'name 0').split(' ')[1])
    } catch {
      await sleep(1)
    }
  }
}

/** Says something to the writer and waits until it has heard it. */
async function tell(child: ChildProcess, word: string): Promise<void> {
  const heard = new Promise<void>(resolve => {
    const listen = (message: unknown) => {
      if (message !== word) return
      child.off('message', listen)
      resolve()
    }
    child.on('message', listen)
  })
  child.send(word)
  await heard
}

for (const how of ['in-place', 'rename', 'mattermost']) {
  t.test(`somebody writes config.json all the time: ${how}`, async t => {
    const site = createSite(t, { apache: false })
    await site.service.run({ cause: 'start' })
    const child = fork(program, [site.root + CONFIG, how], { stdio: 'inherit' })
    let written = 0
    child.on('message', message => {
      if (typeof message === 'number') written = message
    })
    const ended = once(child, 'exit')
    await once(child, 'message')
    if (how === 'mattermost') site.api.onReload = () => tell(child, 'reload')
    let applied = 0
    let last = ''
    for (let number = 1; number <= TIMES; number += 1) {
      last = `talk${number}.example.org`
      site.set({ virtualHost: last, smtpServer: `mail${number}.example.org` })
      try {
        await site.restarted().run({ cause: 'apply' })
        applied += 1
      } catch (error) {
        t.match(reasonOf(error), LOST)
      }
      const before = written
      const found = await nameIn(site)
      t.ok(found >= before, `${found} is in the file after ${before} was written`)
    }
    delete site.api.onReload
    await tell(child, 'end')
    t.same(await ended, [0, null])
    t.ok(applied > 0, `${applied} of ${TIMES} times applied meanwhile, ${written} writes`)
    // What it had read before our last word, and written after it, counts as somebody's: ours is said once more.
    last = 'talk.example.org'
    site.set({ virtualHost: last, smtpServer: 'mail.example.org' })
    await site.restarted().run({ cause: 'apply' })
    const { TeamSettings, EmailSettings, ServiceSettings } = site.config()
    t.equal(TeamSettings?.SiteName, `name ${written}`, "the writer's last word stands")
    t.equal(EmailSettings?.FeedbackName, `mail ${written}`)
    t.equal(ServiceSettings?.SiteURL, `https://${last}`, 'and so does ours')
    t.equal(EmailSettings?.SMTPServer, last.replace('talk', 'mail'))
    t.notOk(site.has(JOURNAL))
    t.same(site.leftovers(), [])
    t.equal((await site.restarted().run({ cause: 'apply' })).state, 'unchanged')
  })
}
