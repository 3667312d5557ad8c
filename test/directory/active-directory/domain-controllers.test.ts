import fc from 'fast-check'
import t from 'tap'
import {
  bySrvOrder,
  type Discovery,
  domainControllers,
  firstThatAnswers,
  type SrvRecord,
} from '../../../src/directory/active-directory/domain-controllers.js'
import { parseServerAddress } from '../../../src/directory/ldap/address.js'
import { TeamchatError } from '../../../src/errors.js'

function srv(name: string, priority = 0, weight = 100, port = 389): SrvRecord {
  return { name, priority, weight, port }
}

async function discover(over: Partial<Discovery> & { records?: SrvRecord[] }) {
  const found = await domainControllers({
    domain: 'ad.nh.test',
    named: parseServerAddress('ldaps://ad.nh.test'),
    anyHost: false,
    resolveSrv: async () => over.records ?? [],
    random: () => 0,
    ...over,
  })
  return { urls: found.servers.map(server => server.url), complaint: found.complaint }
}

t.test('priority first, then weight by chance', async t => {
  const records = [srv('backup', 10, 1), srv('small', 0, 10), srv('large', 0, 90), srv('last', 20, 1)]
  const order = (random: number) => bySrvOrder(records, () => random).map(({ name }) => name)
  t.strictSame(order(0), ['small', 'large', 'backup', 'last'])
  t.strictSame(order(0.05), ['small', 'large', 'backup', 'last'])
  t.strictSame(order(0.5), ['large', 'small', 'backup', 'last'])
  t.strictSame(order(0.999), ['large', 'small', 'backup', 'last'])
})

t.test('whatever the records and the chance: everybody once, by priority', async () => {
  const record = fc.record({
    name: fc.string(),
    port: fc.nat(),
    priority: fc.nat(3),
    weight: fc.nat(65_535),
  })
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.array(record), chance, (records, random) => {
      const ordered = bySrvOrder(records, () => random)
      const inOrder = ordered.every((one, at) => one.priority >= (ordered[at - 1]?.priority ?? 0))
      return inOrder && ordered.length === records.length && new Set(ordered).size === records.length
    }),
  )
})

t.test('which servers, in which order', async t => {
  const cases: { name: string; over: Parameters<typeof discover>[0]; urls: string[]; complaint?: RegExp }[] =
    [
      {
        name: 'controllers, then LdapURI',
        over: { records: [srv('dc2.ad.nh.test.', 1), srv('DC1.ad.nh.test', 0)] },
        urls: ['ldaps://dc1.ad.nh.test:636', 'ldaps://dc2.ad.nh.test:636', 'ldaps://ad.nh.test:636'],
      },
      {
        name: 'the port of the record counts for ldap',
        over: {
          named: parseServerAddress('ldap://dc1.ad.nh.test'),
          records: [srv('dc1.ad.nh.test'), srv('dc2.ad.nh.test', 1, 0, 1389)],
        },
        urls: ['ldap://dc1.ad.nh.test:389', 'ldap://dc2.ad.nh.test:1389'],
      },
      {
        name: 'the domain has no such service (RFC 2782)',
        over: { records: [srv('.')] },
        urls: ['ldaps://ad.nh.test:636'],
      },
      {
        name: 'hosts elsewhere, from a forged answer',
        over: { records: [srv('dc.evil.test'), srv('xad.nh.test'), srv('dc1.ad.nh.test')] },
        urls: ['ldaps://dc1.ad.nh.test:636', 'ldaps://ad.nh.test:636'],
        complaint: /dc\.evil\.test, xad\.nh\.test, not in the domain .* CaFile/,
      },
      {
        name: 'hosts elsewhere, where a CA of the site vouches for them',
        over: { records: [srv('dc.other.test')], anyHost: true },
        urls: ['ldaps://dc.other.test:636', 'ldaps://ad.nh.test:636'],
      },
      {
        name: 'a record that names no host',
        over: { records: [srv('a b.ad.nh.test'), srv('dc1.ad.nh.test')] },
        urls: ['ldaps://dc1.ad.nh.test:636', 'ldaps://ad.nh.test:636'],
      },
      {
        name: 'DNS that does not know it',
        over: { resolveSrv: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) },
        urls: ['ldaps://ad.nh.test:636'],
        complaint: /DNS has no _ldap\._tcp\.dc\._msdcs\.ad\.nh\.test \(ENOTFOUND\)/,
      },
    ]
  for (const { name, over, urls, complaint } of cases) {
    const found = await discover(over)
    t.strictSame(found.urls, urls, name)
    if (complaint === undefined) t.equal(found.complaint, undefined, name)
    else t.match(found.complaint, complaint, name)
  }
})

t.test('the first that answers', async t => {
  const servers = ['ldaps://a', 'ldaps://b', 'ldaps://c'].map(parseServerAddress)
  const down = (url: string) =>
    new TeamchatError('directory.unreachable', `cannot reach the directory ${url}: down`, { hint: 'a hint' })
  const tried: string[] = []
  const attempt = (answers: Record<string, TeamchatError | string>) => {
    tried.length = 0
    return firstThatAnswers({ servers, complaint: undefined }, 'AD', async ({ host, url }, last) => {
      tried.push(last ? `${host} (last)` : host)
      const answer = answers[host] ?? down(url)
      if (typeof answer === 'string') return answer
      throw answer
    })
  }
  t.equal(await attempt({ b: 'yes' }), 'yes')
  t.strictSame(tried, ['a', 'b'])
  await t.rejects(attempt({}), {
    code: 'directory.unreachable',
    message:
      'cannot reach any domain controller of AD: ldaps://a:636: down; ldaps://b:636: down; ldaps://c:636: down',
    hint: 'a hint',
  })
  t.strictSame(tried, ['a', 'b', 'c (last)'])
  const refused = new TeamchatError('directory.bind', 'cannot log in')
  await t.rejects(attempt({ a: refused, b: 'yes' }), { code: 'directory.bind' })
  t.strictSame(tried, ['a'], 'no second wrong password')

  const one = { servers: servers.slice(0, 1), complaint: undefined }
  const failing = async ({ url }: { url: string }) => Promise.reject(down(url))
  await t.rejects(firstThatAnswers(one, 'AD', failing), {
    message: 'cannot reach the directory ldaps://a:636: down',
  })
  await t.rejects(firstThatAnswers({ ...one, complaint: 'DNS is odd' }, 'AD', failing), {
    message: 'cannot reach any domain controller of AD: ldaps://a:636: down; DNS is odd',
  })
  const given = firstThatAnswers({ servers, complaint: undefined }, 'AD', failing, AbortSignal.abort())
  await t.rejects(given, { message: /ldaps:\/\/a:636: down/ }, 'a run that was given up ends at once')
})
