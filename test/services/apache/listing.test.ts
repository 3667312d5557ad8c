import t from 'tap'
import { parseListing, takenDefaults } from '../../../src/services/apache/listing.js'

/** As Apache 2.4.62 printed it. */
const PRINTED = `VirtualHost configuration:
[::1]:8080             v6.example.org (/etc/apache2/sites-enabled/a.conf:12)
10.0.0.1:443           a.example.org (/etc/apache2/sites-enabled/a.conf:1)
*:443                  is a NameVirtualHost
         default server a.example.org (/etc/apache2/sites-enabled/a.conf:1)
         port 443 namevhost a.example.org (/etc/apache2/sites-enabled/a.conf:1)
                 alias b.example.org
                 wild alias *.c.example.org
         port 443 namevhost z.example.org (/run/our vhost.conf:1)
*:80                   is a NameVirtualHost
         default server chat.example.test (/run/our vhost.conf:20)
         port 80 namevhost chat.example.test (/run/our vhost.conf:20)
         port 80 namevhost z.example.org (/etc/apache2/sites-enabled/zz.conf:4)
ServerRoot: "/etc/apache2"
Main DocumentRoot: "/var/www/html"
`

t.test('addresses, names, places and who is the default one', async t => {
  const listing = parseListing(PRINTED)
  t.same(
    listing.map(({ address, name, file, line, isDefault }) => [
      address,
      name,
      file.split('/').at(-1),
      line,
      isDefault,
    ]),
    [
      ['[::1]:8080', 'v6.example.org', 'a.conf', 12, true],
      ['10.0.0.1:443', 'a.example.org', 'a.conf', 1, true],
      ['*:443', 'a.example.org', 'a.conf', 1, true],
      ['*:443', 'z.example.org', 'our vhost.conf', 1, false],
      ['*:80', 'chat.example.test', 'our vhost.conf', 20, true],
      ['*:80', 'z.example.org', 'zz.conf', 4, false],
    ],
  )
  t.same(listing[2]?.aliases, ['b.example.org', '*.c.example.org'])
  t.match(takenDefaults(listing, '/run/our vhost.conf'), [
    { address: '*:80', from: { name: 'z.example.org' } },
  ])
  t.same(takenDefaults(listing, '/etc/apache2/sites-enabled/zz.conf'), [])
  t.same(takenDefaults(parseListing('*:80    x (/o:1)\n'), '/o'), [], 'nobody else is there')
  t.same(parseListing('VirtualHost configuration:\n'), [])
})
