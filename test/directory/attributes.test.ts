import t from 'tap'
import {
  accountOf,
  askedFor,
  type DirectoryEntry,
  entryUuidOf,
  finishRead,
  isDomainSystemSid,
  isSystemAccount,
  loginOf,
} from '../../src/directory/attributes.js'

const day = 86_400_000

function entryWith(values: Record<string, (string | Buffer)[]>, dn = 'uid=pluto,dc=x'): DirectoryEntry {
  return { dn, values: new Map(Object.entries(values)) }
}

function account(values: Record<string, (string | Buffer)[]>, now = 0) {
  return accountOf(entryWith(values), { id: 'i', login: 'pluto' }, now).account
}

t.test('a whole entry', async t => {
  t.strictSame(
    account({
      mail: ['z@x', 'a@x', 'É@x'],
      givenname: ['Pluto'],
      sn: ['Dog', 'A Dog'],
      displayname: [],
      cn: ['Pluto Dog'],
      title: ['Hound'],
      userpassword: ['{SSHA}abc'],
    }),
    {
      id: 'i',
      login: 'pluto',
      dn: 'uid=pluto,dc=x',
      mails: ['a@x', 'z@x', 'É@x'],
      givenName: 'Pluto',
      surname: 'A Dog',
      displayName: 'Pluto Dog',
      title: 'Hound',
      locked: false,
      expired: false,
      endsAt: undefined,
      passwordExpired: false,
      system: false,
      excluded: false,
      groupOrder: 0,
    },
  )
})

t.test('an empty entry, and values that are no text', async t => {
  t.match(account({ mail: [Buffer.from([0xff])] }), { mails: [], surname: '', displayName: '', title: '' })
})

t.test('locked', async t => {
  const cases: [passwords: (string | Buffer)[], locked: boolean][] = [
    [['{CRYPT}!$6$salt$hash'], true],
    [['{crypt}!'], true],
    [['{CRYPT}!!'], true],
    [[Buffer.from('{CRYPT}!\xff', 'latin1')], true],
    [['{CRYPT}$6$salt$hash!'], false],
    [['{SSHA}!abc'], false],
    [['!'], false],
    [[], false],
    [['{CRYPT}!x', '{SSHA}y'], false],
    [['{CRYPT}!x', '{CRYPT}!y'], true],
  ]
  for (const [userpassword, locked] of cases) {
    t.equal(account({ userpassword }).locked, locked, userpassword.join(' '))
  }
})

t.test('expired: the account, never the password', async t => {
  const cases: [values: Record<string, string[]>, today: number, expired: boolean][] = [
    [{ shadowexpire: ['20000'] }, 19_999, false],
    [{ shadowexpire: ['20000'] }, 20_000, false],
    [{ shadowexpire: ['20000'] }, 20_001, true],
    [{ shadowexpire: ['1'] }, 20_000, true],
    [{ shadowexpire: ['0'] }, 20_000, false],
    [{ shadowexpire: ['-1'] }, 20_000, false],
    [{ shadowexpire: ['soon'] }, 20_000, false],
    [{ shadowexpire: [] }, 20_000, false],
    [{ shadowlastchange: ['10'], shadowmax: ['90'], shadowinactive: ['1'] }, 20_000, false],
  ]
  for (const [values, today, expired] of cases) {
    t.equal(account(values, today * day).expired, expired, `${JSON.stringify(values)} on day ${today}`)
  }
  t.equal(
    account({ shadowexpire: ['20000'] }, 20_001 * day - 1).expired,
    false,
    'until the end of its last day',
  )
})

t.test('the login among several values of uid', async t => {
  const cases: [uid: string[], dn: string, login: string | undefined][] = [
    [['pluto'], 'cn=x', 'pluto'],
    [['b', 'a'], 'uid=b,dc=x', 'b'],
    [['a', 'b'], 'uid=B,dc=x', 'b'],
    [['b', 'a'], 'cn=x,dc=x', 'a'],
    [['b', 'a'], 'uid=c,dc=x', 'a'],
    [['b', 'a'], 'not a dn', 'a'],
    [[], 'uid=b', undefined],
  ]
  for (const [uid, dn, login] of cases) {
    t.equal(loginOf(entryWith({ uid }, dn)), login, `${uid} of ${dn}`)
    t.equal(loginOf(entryWith({ uid: uid.toReversed() }, dn)), login, `${uid.toReversed()} of ${dn}`)
  }
})

t.test('entryUUID', async t => {
  const uuid = 'A28A18F6-7B7A-1041-9739-0520A3389BA1'
  t.equal(entryUuidOf(entryWith({ entryuuid: [uuid] })), uuid.toLowerCase())
  t.equal(entryUuidOf(entryWith({ entryuuid: ['../../users'] })), undefined)
  t.equal(entryUuidOf(entryWith({})), undefined)
})

t.test('sorted by login in byte order; unknown locks are undefined for all', async t => {
  const read = ['b', 'é', 'B'].map(login => accountOf(entryWith({}), { id: login, login }, 0).account)
  t.strictSame(
    finishRead(read, true).accounts.map(({ login, locked }) => [login, locked]),
    [
      ['B', false],
      ['b', false],
      ['é', false],
    ],
  )
  t.strictSame(
    finishRead(read, false).accounts.map(({ locked }) => locked),
    [undefined, undefined, undefined],
  )
})

t.test('asked for by login without case, or by id', async t => {
  const wanted = askedFor({ logins: ['PLUTO', 'ÉVA'], ids: ['AB-1'] })
  const of = (login: string, id: string) => ({ ...account({}), login, id })
  t.equal(wanted(of('pluto', 'x')), true)
  t.equal(wanted(of('e\u0301va', 'x')), true, 'in either normal form')
  t.equal(wanted(of('x', 'ab-1')), true)
  t.equal(wanted(of('plut', 'x')), false)
})

t.test('when the account ends, and whether its password is over', async t => {
  t.equal(account({ shadowexpire: ['20000'] }).endsAt, 20_001 * day)
  t.equal(account({ shadowexpire: ['30000', '20000'] }).endsAt, 20_001 * day)
  t.equal(account({ shadowexpire: ['-1'] }).endsAt, undefined)
  const cases: [lastChange: string[], most: string[], over: boolean][] = [
    [['19000'], ['999'], true],
    [['19000'], ['1000'], false],
    [['19000'], ['99999'], false],
    [['19000'], ['-1'], false],
    [['19000'], [], false],
    [[], ['10'], false],
    [['0'], [], true],
  ]
  for (const [shadowlastchange, shadowmax, over] of cases) {
    const { passwordExpired, expired } = account({ shadowlastchange, shadowmax }, 20_000 * day)
    t.equal(passwordExpired, over, `${shadowlastchange} + ${shadowmax}`)
    t.equal(expired, false)
  }
})

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
