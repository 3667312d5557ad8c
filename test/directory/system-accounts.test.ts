import t from 'tap'
import { isSystemAccount } from '../../src/directory/system-accounts.js'

t.test('system and machine accounts', async t => {
  for (const login of [
    'administrator',
    'Guest',
    'krbtgt',
    'ldapservice',
    'nfsnobody',
    'nobody',
    'root',
    'pc-7$',
  ]) {
    t.equal(isSystemAccount(login), true, login)
  }
})

t.test('people', async t => {
  for (const login of ['admin', 'guesthouse', 'pluto', 'rooter', '$pluto', '']) {
    t.equal(isSystemAccount(login), false, login)
  }
})
