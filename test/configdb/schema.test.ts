import t from 'tap'
import { nearProperty, nearRecord } from '../../src/configdb/schema/near.js'
import { checkProperty, findKnown, knownProperties, nameOf } from '../../src/configdb/schema/schema.js'

const good: [name: string, value: string][] = [
  ['mattermost.status', 'enabled'],
  ['mattermost.status', 'disabled'],
  ['mattermost.VirtualHost', 'chat.example.org'],
  ['mattermost.VirtualHost', 'Chat-1.EXAMPLE.org'],
  ['mattermost.VirtualHost', ''],
  ['mattermost.VirtualHost', `${'a'.repeat(63)}.org`],
  ['mattermost.SiteURL', 'https://chat.example.org:8443/team'],
  ['mattermost.Home', '/srv/my mattermost'],
  ['mattermost.Unit', 'mattermost@blue.service'],
  ['mattermost.WebServer', 'none'],
  ['mattermost.ListenPort', '65535'],
  ['mattermost.ListenAddress', ':8065'],
  ['mattermost.ListenAddress', '[::1]:8065'],
  ['mattermost.SendEmail', 'yes'],
  ['mattermost.SendPush', '0'],
  ['mattermost.SmtpServer', '192.0.2.1'],
  ['mattermost.SmtpServer', '2001:db8::1'],
  ['mattermost.FeedbackEmail', 'no-reply@example.org'],
  ['mattermost.MaxUsersPerTeam', '1'],
  ['mattermost.Team', 'none'],
  ['mattermost.Team', 'example-team'],
  ['mattermost.SyncInterval', '10'],
  ['mattermost.DatabaseUser', 'matt_user'],
  ['mattermost.OurOwnNote', 'the site’s own "property" <is> never wrong\n'],
  ['mattermost.TCPPort', 'ignored'],
  ['sssd.LdapURI', 'ldapi://%2Frun%2Fldapi'],
  ['sssd.LdapURI', 'ldaps://ad.example.org'],
  ['sssd.BindPassword', 'a"b<c>\\$ {'],
  ['sssd.Provider', 'file'],
  ['DomainName', 'example.org'],
  ['OrganizationContact.Company', 'Müller & Söhne "Nord"'],
  ['httpd.Platform', 'rhel'],
]

t.test('good values', async t => {
  for (const [name, value] of good) t.equal(check(name, value), undefined, `${name}=${value.slice(0, 40)}`)
})

const bad: [name: string, value: string, reason: RegExp][] = [
  ['mattermost.status', 'on', /enabled or disabled/],
  ['mattermost.status', '', /enabled or disabled/],
  ['mattermost.VirtualHost', 'chat', /no dot/],
  ['mattermost.VirtualHost', 'a.b\nc', /a newline/],
  ['mattermost.VirtualHost', 'a b.c', /a blank/],
  ['mattermost.VirtualHost', 'a".b', /a double quote/],
  ['mattermost.VirtualHost', "a'.b", /a single quote/],
  ['mattermost.VirtualHost', '<a.b', /"<"/],
  ['mattermost.VirtualHost', 'münchen.de', /"ü" \(U\+00FC\)/],
  ['mattermost.VirtualHost', 'a.b\u0007', /control character U\+0007/],
  ['mattermost.VirtualHost', 'm\uFFFDnchen.de', /bytes that are not UTF-8/],
  ['mattermost.DataDirectory', '/srv/M\uFFFDller', /bytes that are not UTF-8/],
  ['OrganizationContact.Company', 'M\uFFFDller', /bytes that are not UTF-8/],
  ['mattermost.VirtualHost', 'a..b', /between/],
  ['mattermost.VirtualHost', '-a.b', /"-a" begins or ends with "-"/],
  ['mattermost.VirtualHost', `${'a'.repeat(64)}.org`, /63 characters/],
  ['mattermost.VirtualHost', `${'a.'.repeat(130)}org`, /253 characters/],
  ['mattermost.VirtualHost', '*.example.org', /"\*"/],
  ['mattermost.SiteURL', 'chat.example.org', /http/],
  ['mattermost.SiteURL', 'https://a.b/"x', /double quote/],
  ['mattermost.SiteURL', 'https://u:p@a.b', /user name or password/],
  ['mattermost.SiteURL', 'https://a.b/?x', /"\?"/],
  ['mattermost.SiteURL', 'https://', /not a URL|no host/],
  ['mattermost.Home', 'opt/mattermost', /absolute/],
  ['mattermost.Home', '/opt/../../etc', /"\.\."/],
  ['mattermost.CertificateFile', '/a"b', /double quote/],
  ['mattermost.CertificateFile', '/a\nb', /newline/],
  ['mattermost.CertificateFile', `/a\${PATH}`, /variable/],
  ['mattermost.CertificateFile', '/a>b', /">"/],
  ['mattermost.CertificateFile', '/a\\', /"\\"/],
  ['mattermost.LocalSocket', `/${'a'.repeat(107)}`, /107 bytes/],
  ['mattermost.Unit', 'mattermost', /\.service|unit/],
  ['mattermost.Unit', '--all.service', /unit/],
  ['mattermost.WebServer', 'nginx', /apache or none/],
  ['mattermost.ListenPort', '0', /1 to 65535/],
  ['mattermost.ListenPort', '65536', /1 to 65535/],
  ['mattermost.ListenPort', '80x', /whole number/],
  ['mattermost.ListenPort', '1e3', /whole number/],
  ['mattermost.ListenAddress', '127.0.0.1', /HOST:PORT/],
  ['mattermost.ListenAddress', '127.0.0.1:99999', /port must be/],
  ['mattermost.SendEmail', 'maybe', /neither enabled nor disabled/],
  ['mattermost.FeedbackEmail', 'nobody', /NAME@DOMAIN/],
  ['mattermost.FeedbackEmail', 'a@b@c', /NAME@DOMAIN/],
  ['mattermost.FeedbackEmail', 'a b@c.d', /a blank/],
  ['mattermost.MaxUsersPerTeam', '0', /from 1/],
  ['mattermost.Team', 'a', /2 to 64/],
  ['mattermost.Team', 'Example', /lower-case/],
  ['mattermost.Team', 'a_b', /lower-case/],
  ['mattermost.Team', 'postal', /"post"/],
  ['mattermost.UserSync', 'all', /off, events or full/],
  ['mattermost.SyncInterval', '9', /from 10/],
  ['mattermost.DatabaseName', 'a b', /a blank/],
  ['sssd.LdapURI', 'http://a', /ldap:\/\//],
  ['sssd.Provider', 'nis', /ldap, ad, file or none/],
  ['sssd.BaseDN', 'dc=a\0', /U\+0000/],
  ['DomainName', 'exa mple.org', /a blank/],
  ['nsdc.status', 'up', /enabled or disabled/],
  ['httpd.Platform', 'suse', /debian or rhel/],
]

t.test('bad values: what, where, why and what to do', async t => {
  for (const [name, value, reason] of bad) {
    const problem = check(name, value)
    const label = `${name}=${JSON.stringify(value.slice(0, 40))}`
    t.match(problem?.message, reason, label)
    t.match(problem?.message, `as ${name}: `, label)
    t.match(problem?.hint, /^correct it with teamchat config set/, label)
    t.notMatch(problem?.message, /\n/, `${label}: one line`)
  }
})

t.test('the table itself', async t => {
  t.equal(
    new Set(knownProperties.map(known => nameOf(known.record, known.property))).size,
    knownProperties.length,
  )
  for (const known of knownProperties) {
    const name = nameOf(known.record, known.property)
    t.ok(known.help && known.why && known.type, `${name} is described`)
    if (known.fallback === '' || known.fallback.startsWith('<')) continue
    t.equal(known.check(known.fallback), undefined, `the default of ${name} is right`)
  }
  t.equal(findKnown('sssd', 'BindPassword')?.secret, true)
})

function check(name: string, value: string) {
  const [record = '', property = ''] = name.split('.')
  return checkProperty(record, property, value)
}

const slips: [record: string, property: string, meant: string | undefined][] = [
  ['mattermost', 'listenport', 'ListenPort'],
  ['mattermost', 'STATUS', 'status'],
  ['mattermost', 'ListenPrt', 'ListenPort'],
  ['mattermost', 'ListenPorts', 'ListenPort'],
  ['mattermost', 'ListemPort', 'ListenPort'],
  ['mattermost', 'LsitenPort', 'ListenPort'],
  ['mattermost', 'ListenPort', undefined],
  ['mattermost', 'Port', undefined],
  ['mattermost', 'TCPPort', undefined],
  ['mattermost', 'Tea', undefined],
  ['mattermost', '', undefined],
  ['ourOwn', 'listenport', undefined],
]

t.test('an unknown property that is nearly a known one', async t => {
  for (const [record, property, meant] of slips)
    t.equal(nearProperty(record, property), meant, `${record} ${property}`)
  t.equal(nearRecord('Mattermost'), 'mattermost')
  t.equal(nearRecord('mattermost'), undefined)
  t.equal(nearRecord('chat'), undefined)
})
