import t from 'tap'
import { bindSubcode } from '../../../src/directory/ldap/bind-subcodes.js'

const windows = (code: string) =>
  `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${code}, v2580 Code: 0x31`
const samba = (code: string) =>
  `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${code}, v1db1`

t.test('each in words, with something to do', async t => {
  const cases: [code: string, reason: RegExp, hint: RegExp][] = [
    ['525', /no such account/, /BindDN/],
    ['52e', /wrong password/, /BindPassword/],
    ['52f', /restrictions/, /BindDN/],
    ['530', /time of the day/, /BindDN/],
    ['531', /from this host/, /BindDN/],
    ['532', /password of the account has expired/, /BindPassword/],
    ['533', /disabled/, /BindDN/],
    ['701', /the account has expired/, /BindDN/],
    ['773', /must be changed/, /BindPassword/],
    ['775', /locked out/, /unlock/],
  ]
  for (const [code, reason, hint] of cases) {
    t.match(bindSubcode(windows(code)), { reason, hint }, `Windows ${code}`)
    t.match(bindSubcode(samba(code.toUpperCase())), { reason, hint }, `Samba ${code}`)
  }
})

t.test('other words', async t => {
  for (const message of ['', 'Invalid Credentials', windows('80'), windows(''), 'data 52e']) {
    t.equal(bindSubcode(message), undefined, message)
  }
})
