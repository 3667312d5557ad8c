import t from 'tap'
import { isDomainSystemSid, isSystemAccount } from '../../src/directory/system-accounts.js'

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
    'krbtgt_30417',
  ]) {
    t.equal(isSystemAccount(login), true, login)
  }
})

t.test('people', async t => {
  for (const login of ['admin', 'guesthouse', 'pluto', 'rooter', 'krbtgt_x', '$pluto', '']) {
    t.equal(isSystemAccount(login), false, login)
  }
})

/** S-1-5-21-1-2-3-RID, or what `over` makes of it. */
function sid(rid: number, over: { type?: number; subauthorities?: number } = {}): Buffer {
  const bytes = Buffer.alloc(28)
  bytes.set([1, over.subauthorities ?? 5, 0, 0, 0, 0, 0, 5])
  for (const [at, part] of [over.type ?? 21, 1, 2, 3, rid].entries()) bytes.writeUInt32LE(part, 8 + at * 4)
  return bytes
}

t.test('by the SID that every domain has', async t => {
  for (const rid of [500, 501, 502, 503]) t.equal(isDomainSystemSid(sid(rid)), true, String(rid))
  for (const rid of [0, 499, 504, 512, 1000, 1500, 500 + 65_536]) {
    t.equal(isDomainSystemSid(sid(rid)), false, String(rid))
  }
  t.equal(isDomainSystemSid(sid(500, { type: 32 })), false, 'not of a domain')
  t.equal(isDomainSystemSid(sid(500, { subauthorities: 4 })), false, 'another length than it says')
  t.equal(isDomainSystemSid(sid(500).subarray(0, 24)), false, 'cut off')
  t.equal(isDomainSystemSid(Buffer.alloc(0)), false, 'none')
})
