import t from 'tap'
import { skipWithoutHost, startHost } from './host/host.js'
import { startPostgres } from './postgres.js'

t.test('databases are empty, owned by their user, and behind a password', skipWithoutHost(), async t => {
  const host = await startHost(t, { systemd: false })
  const postgres = await startPostgres(t, host)
  const another = await postgres.freshDatabase()
  t.not(another, postgres.dataSource)
  for (const url of [postgres.dataSource, another]) {
    const made = await host.run(['psql', '-At', url], {
      input: 'CREATE TABLE t (n int); SELECT current_user, count(*) FROM t;',
    })
    t.match(made.stdout, 'mmuser|0')
  }
  const wrong = postgres.dataSource.replace(/:[0-9a-f]+@/, ':wrong@')
  await t.rejects(host.run(['psql', '-At', wrong], { input: 'SELECT 1' }), /password authentication failed/)
  t.equal(await postgres.sql('SELECT 1, 2'), '1|2\n')
  await postgres.stop()
  await t.rejects(postgres.sql('SELECT 1'), /No such file|Connection refused/)
})
