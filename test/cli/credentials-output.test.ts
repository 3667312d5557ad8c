import t from 'tap'
import type { Credential } from '../../src/api/contract/people.js'
import { credentialSlips, credentialsCsv } from '../../src/cli/credentials-output.js'

const pluto: Credential = {
  id: 'c1',
  login: 'pluto',
  username: 'pluto',
  name: 'Pluto Dog',
  email: 'pluto@example.org',
  password: 'Geheim,1234',
  site: 'https://chat.example.org',
  delivery: 'password',
  state: 'issued',
  createdAt: '2026-03-01T10:00:00.000Z',
}

t.test('CSV: quoted where it must be, and nothing that a spreadsheet computes', async t => {
  const cases: [Partial<Credential>, string][] = [
    [{}, 'pluto,Pluto Dog,pluto@example.org,"Geheim,1234",https://chat.example.org,2026-03-01T10:00:00.000Z'],
    [{ name: '=HYPERLINK("x")' }, `pluto,"'=HYPERLINK(""x"")",`],
    [{ name: '+1' }, `pluto,"'+1",`],
    [{ name: '@SUM(A1)' }, `pluto,"'@SUM(A1)",`],
    [{ username: '-dash' }, `"'-dash",`],
    [{ name: '\tx' }, `pluto,"'\tx",`],
    [{ name: 'Dog, Pluto "the"\nsecond' }, 'pluto,"Dog, Pluto ""the""\nsecond",'],
    [{ name: ' blanks ' }, 'pluto," blanks ",'],
    [{ name: "O'Neill" }, `pluto,"O'Neill",`],
    [{ name: '', email: 'ünï@example.org', password: '=1+Aa,aa' }, 'pluto,,ünï@example.org,"=1+Aa,aa",'],
  ]
  for (const [more, wanted] of cases) {
    const [head, line] = credentialsCsv([{ ...pluto, ...more }])
    t.equal(head, 'username,name,email,password,site,created')
    t.equal(line?.slice(0, wanted.length), wanted)
  }
  t.same(credentialsCsv([]), ['username,name,email,password,site,created'])
})

t.test('slips: one page a person', async t => {
  const text = credentialSlips([
    pluto,
    { ...pluto, login: 'Minnie', username: 'minnie', name: '', site: '', password: 'Anders,56' },
  ])
  const [first = '', second = '', ...more] = text.split('\f')
  t.same(more, [])
  t.match(first, /for +Pluto Dog \(pluto\)\n +address +https:\/\/chat\.example\.org\n +user name +pluto\n/)
  t.match(first, /password +Geheim,1234\n/)
  t.match(second, /for +Minnie\n +user name +minnie\n/)
  t.match(second, /password +Anders,56\n/)
  t.notMatch(second, 'Geheim')
})
