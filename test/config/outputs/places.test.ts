import fc from 'fast-check'
import t from 'tap'
import { placeProblem } from '../../../src/config/outputs/places.js'

const taken = ['/opt/mattermost', '/srv/files/', '', '/etc/apache2/sites-available/mattermost.conf']

t.test('where the site may write', async t => {
  for (const path of [
    '/etc/fail2ban/jail.d/mattermost.conf',
    '/etc/nginx/snippets/chat.conf',
    '/etc/apache2/sites-available/other.conf',
    '/opt/mattermost-push-proxy/config.json',
    '/srv/files.txt',
    '/etc/passwd.d/x',
  ]) {
    t.equal(placeProblem(path, taken), undefined, path)
  }
})

t.test('where it may not, and by which rule', async t => {
  const cases: [string, RegExp][] = [
    ['etc/x', /absolute/],
    ['', /absolute/],
    ['/etc/a/../passwd', /"\.\."/],
    ['/etc//passwd', /without "\/\/"/],
    ['/etc/./passwd', /without/],
    ['/etc/x/', /slash/],
    ['/etc/x\ny', /control/],
    ['/etc', /below \/etc/],
    ['/usr/lib/systemd/system/x.service', /below/],
    ['/root/.ssh/authorized_keys', /below/],
    ['/home/x/y', /below/],
    ['/proc/sys/kernel/x', /below/],
    ['/boot/x', /below/],
    ['/tmp/x', /below/],
    ['/etc/passwd', /\/etc\/passwd is refused/],
    ['/etc/passwd-', /refused/],
    ['/etc/shadow', /refused/],
    ['/etc/sudoers', /refused/],
    ['/etc/sudoers.d/x', /refused/],
    ['/etc/pam.d/sshd', /refused/],
    ['/etc/ssh/sshd_config', /refused/],
    ['/etc/systemd/system/x.service', /refused/],
    ['/etc/cron.d/x', /refused/],
    ['/etc/ld.so.preload', /refused/],
    ['/etc/teamchatd/hooks/x', /refused/],
    ['/var/lib/teamchatd/settings.json', /refused/],
    ['/var/spool/cron/crontabs/root', /refused/],
    ['/opt/mattermost/config/config.json', /belongs to Mattermost/],
    ['/srv/files/x', /belongs to Mattermost/],
    ['/etc/apache2/sites-available/mattermost.conf', /belongs to Mattermost or to teamchatd/],
  ]
  for (const [path, says] of cases) t.match(placeProblem(path, taken), says, path)
})

t.test('no way of writing a path leads to a critical one', async t => {
  const part = fc.constantFrom(
    '..',
    '.',
    '',
    'etc',
    'passwd',
    'sudoers.d',
    'x',
    'fail2ban',
    'opt',
    'mattermost',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), parts => {
      const path = `/${parts.join('/')}`
      if (placeProblem(path, taken) !== undefined) return true
      const real = new URL(path, 'file:///').pathname
      return (
        real === path &&
        !/^\/etc\/(passwd|sudoers\.d)(\/|$)/.test(real) &&
        !/^\/opt\/mattermost(\/|$)/.test(real)
      )
    }),
    { numRuns: 1000 },
  )
  t.pass('held')
})
