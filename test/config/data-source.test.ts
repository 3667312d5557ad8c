import t from 'tap'
import { overruledProperties } from '../../src/config/data-source.js'

t.test('what the DB says of the database and a whole DataSource does not go by', async t => {
  const names = ['Host', 'Port', 'Name', 'User'].map(name => `mattermost.Database${name}`)
  const database = {
    databaseHost: 'db.example.org',
    databasePort: 5432,
    databaseName: 'chat',
    databaseUser: 'a b',
  }
  const cases: [
    dataSource: string,
    over: Partial<typeof database>,
    explicit: string[],
    overruled: string[],
  ][] = [
    ['postgres://a%20b:p%40ss@db.example.org/chat?sslmode=require', {}, names, []],
    ['postgresql://a%20b:p%40ss@DB.example.org:5432/chat', {}, names, []],
    ['postgres://a%20b:x@[::1]:5432/chat', { databaseHost: '::1' }, names, []],
    ['postgres://a%20b:x@db.example.org/chat', { databasePort: 5433 }, names, ['mattermost.DatabasePort']],
    ['postgres://a%20b:x@db.example.org/chat', { databasePort: 5433 }, [], []],
    ['postgres://c:x@other:6432/team', {}, names, names],
    ['host=db.example.org user=x', {}, names.slice(0, 2), names.slice(0, 2)],
  ]
  for (const [dataSource, over, explicit, overruled] of cases) {
    t.same(
      overruledProperties({ ...database, ...over }, new Set(explicit), dataSource),
      overruled,
      dataSource,
    )
  }
})
