import fc from 'fast-check'
import t from 'tap'
import {
  activeDirectoryAccount,
  guidBytes,
  guidText,
  objectGuidOf,
} from '../../../src/directory/active-directory/account.js'
import type { DirectoryEntry } from '../../../src/directory/attributes.js'

const now = Date.UTC(2026, 5, 15, 12)

function entryOf(values: Record<string, (string | Buffer)[]>): DirectoryEntry {
  return { dn: 'CN=x,DC=ad', values: new Map(Object.entries(values)) }
}

function read(values: Record<string, (string | Buffer)[]>, login = 'pluto', at = now) {
  return activeDirectoryAccount(entryOf(values), { id: 'an-id', login }, at)
}

function filetime(ms: number): bigint {
  return BigInt(ms) * 10_000n + 116_444_736_000_000_000n
}

t.test('the end of an account', async t => {
  const cases: [name: string, value: string[], expired: boolean][] = [
    ['not shown', [], false],
    ['0', ['0'], false],
    ['never', ['9223372036854775807'], false],
    ['past never', ['9223372036854775808'], false],
    ['in the year 1601', ['1'], true],
    ['100 ns from now', [String(filetime(now) + 1n)], false],
    ['now', [String(filetime(now))], true],
    ['100 ns ago', [String(filetime(now) - 1n)], true],
    ['a day from now', [String(filetime(now + 86_400_000))], false],
    ['1 January 2026 as Windows has it', ['134116992000000000'], true],
    ['no number', ['soon'], false],
    ['negative', ['-1'], false],
  ]
  for (const [name, accountexpires, expired] of cases) {
    t.equal(read({ accountexpires }).account.expired, expired, name)
  }
})

t.test('userAccountControl', async t => {
  const cases: [name: string, value: string[], locked: boolean | undefined][] = [
    ['enabled', ['512'], false],
    ['disabled', ['514'], true],
    ['disabled, no password required', ['546'], true],
    ['password never expires', ['66048'], false],
    ['password expired', [String(512 + 0x80_0000)], false],
    ['locked out after wrong passwords', [String(512 + 0x10)], false],
    ['the highest bit set', [String(-2147483648 + 514)], true],
    ['not shown', [], undefined],
    ['nonsense', ['x'], undefined],
  ]
  for (const [name, useraccountcontrol, locked] of cases) {
    const { account, showsPassword } = read({ useraccountcontrol })
    t.equal(account.locked, locked, name)
    t.equal(account.expired, false, name)
    t.equal(showsPassword, locked !== undefined, name)
  }
})

t.test('an expired password is told apart', async t => {
  const computed = (flags: number) => ({ 'msds-user-account-control-computed': [String(flags)] })
  t.equal(read({ useraccountcontrol: ['512'] }).account.passwordExpired, false)
  t.equal(read({ useraccountcontrol: ['512'], ...computed(0x10) }).account.passwordExpired, false)
  for (const values of [{ useraccountcontrol: [String(512 + 0x80_0000)] }, computed(0x80_0000)]) {
    t.match(read(values).account, { passwordExpired: true, expired: false })
  }
})

t.test('when the account ends', async t => {
  t.equal(read({ accountexpires: [String(filetime(now))] }).account.endsAt, now)
  t.equal(read({ accountexpires: [String(filetime(now) + 1n)] }).account.endsAt, now + 1)
  t.equal(read({ accountexpires: ['0'] }).account.endsAt, undefined)
})

t.test('addresses: mail, then the main one, then aliases', async t => {
  const cases: [name: string, mail: string[], proxyaddresses: string[], mails: string[]][] = [
    ['none', [], [], []],
    ['mail alone', ['p@x'], [], ['p@x']],
    ['mail before all', ['z@x'], ['smtp:a@x', 'SMTP:b@x'], ['z@x', 'b@x', 'a@x']],
    ['no mail', [], ['smtp:a@x', 'smtp:A2@x', 'SMTP:z@x'], ['z@x', 'A2@x', 'a@x']],
    ['the same in another case', ['P@x'], ['SMTP:p@X', 'smtp:p@x', 'smtp:q@x'], ['P@x', 'q@x']],
    ['a prefix in mixed case', [], ['Smtp:m@x', 'smtp:a@x'], ['a@x', 'm@x']],
    ['no mail addresses', [], ['sip:p@x', 'X400:C=US', 'smtp:', 'smtp: ', 'p@x', ''], []],
    ['a blank mail', [' '], ['smtp:a@x'], ['a@x']],
  ]
  for (const [name, mail, proxyaddresses, mails] of cases) {
    for (const order of [proxyaddresses, proxyaddresses.toReversed()]) {
      t.strictSame(read({ mail, proxyaddresses: order }).account.mails, mails, name)
    }
  }
})

t.test('names and the rest', async t => {
  const shown = { givenname: ['Jörg'], sn: ['Müller'], displayname: ['J. Müller'], cn: ['jm'], title: ['🧹'] }
  t.match(read(shown).account, {
    id: 'an-id',
    login: 'pluto',
    dn: 'CN=x,DC=ad',
    givenName: 'Jörg',
    surname: 'Müller',
    displayName: 'J. Müller',
    title: '🧹',
  })
  t.match(read({ cn: ['jm'] }).account, { displayName: 'jm', givenName: '', surname: '', title: '' })
})

t.test('system accounts', async t => {
  const administrator = Buffer.from('010500000000000515000000010000000200000003000000f4010000', 'hex')
  const person = Buffer.from('010500000000000515000000010000000200000003000000f4040000', 'hex')
  t.equal(read({ objectsid: [administrator] }, 'chef').account.system, true, 'a renamed administrator')
  t.equal(read({ objectsid: [person] }, 'pluto').account.system, false)
  t.equal(read({ objectsid: [person] }, 'krbtgt').account.system, true, 'by name')
  t.equal(read({ iscriticalsystemobject: ['TRUE'] }, 'dns-dc1').account.system, true, 'by its mark')
  t.equal(read({ iscriticalsystemobject: ['FALSE'] }, 'pluto').account.system, false)
})

t.test('objectGUID, whether it comes as bytes or as what happens to be text', async t => {
  t.equal(
    objectGuidOf(entryOf({ objectguid: [Buffer.from('00112233445566778899aabbccddeeff', 'hex')] })),
    '33221100-5544-7766-8899-aabbccddeeff',
  )
  t.equal(objectGuidOf(entryOf({ objectguid: ['0123456789abcdef'] })), '33323130-3534-3736-3839-616263646566')
  t.equal(objectGuidOf(entryOf({})), undefined)
  t.equal(objectGuidOf(entryOf({ objectguid: [Buffer.alloc(13)] })), undefined)
})

t.test('no value of an entry makes it throw', async () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array().map(Buffer.from))
  const names = ['mail', 'proxyaddresses', 'useraccountcontrol', 'accountexpires', 'objectsid', 'cn']
  const values = fc.dictionary(fc.constantFrom(...names), fc.array(value, { maxLength: 3 }))
  fc.assert(
    fc.property(values, shown => {
      const { account } = read(shown)
      return account.mails.every(mail => mail.trim() !== '')
    }),
  )
})

t.test('as Windows writes it', async t => {
  const cases: [hex: string, text: string][] = [
    ['00112233445566778899aabbccddeeff', '33221100-5544-7766-8899-aabbccddeeff'],
    ['ae4f1df8ec7dd011a76500a0c91e6bf6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  ]
  for (const [hex, text] of cases) {
    t.equal(guidText(Buffer.from(hex, 'hex')), text)
    t.equal(guidBytes(text.toUpperCase())?.toString('hex'), hex)
  }
})

t.test('there and back', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), bytes => {
      const text = guidText(Buffer.from(bytes)) ?? ''
      return guidBytes(text)?.equals(bytes) === true
    }),
  )
})

t.test('what is none', async t => {
  for (const length of [0, 13, 15, 17]) t.equal(guidText(Buffer.alloc(length)), undefined)
  for (const text of [
    '',
    '*',
    'ae4f1df8ec7dd011a76500a0c91e6bf6',
    '{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}',
  ]) {
    t.equal(guidBytes(text), undefined, text)
  }
})
