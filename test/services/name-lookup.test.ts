import t from 'tap'
import { addressesIn } from '../../src/services/name-lookup.js'

t.test('addresses of a name in /etc/hosts', async t => {
  const hosts =
    '127.0.0.1 localhost\n# 192.0.2.9 chat.example.org\n127.0.1.1\tChat.example.org chat # here\n\n::1 chat.example.org\n10.0.0.1 chat.example.org.evil'
  t.same(addressesIn(hosts, 'chat.example.ORG'), ['127.0.1.1', '::1'])
  t.same(addressesIn(hosts, 'here'), [])
  t.same(addressesIn('', 'x'), [])
})
