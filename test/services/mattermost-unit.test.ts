import t from 'tap'
import { assignments, findMattermostUnits, unitEnvironment } from '../../src/services/mattermost-unit.js'
import { createSystemctl, isBetween, systemctlProgram, type UnitFacts } from '../../src/services/systemd.js'

t.test('units that start a Mattermost, the first folder wins', async t => {
  const root = t.testdir({
    etc: {
      'chat.service': '[Service]\nExecStart=-/srv/chat/bin/mattermost server\n',
      'mm@.service': '[Service]\nExecStart=/srv/chat/bin/mattermost\n',
      'mattermost.service': '[Service]\nExecStart=/bin/true\n',
      'team.service': t.fixture('symlink', 'chat.service'),
      'linked.service': t.fixture('symlink', '../srv/linked.service'),
      'notes.txt': 'ExecStart=/srv/chat/bin/mattermost',
    },
    srv: { 'linked.service': '[Service]\nExecStart=/srv/linked/bin/mattermost\n' },
    lib: {
      'mattermost.service': '[Service]\nExecStart=/opt/mattermost/bin/mattermost\n',
      'old.service': '[Service]\n ExecStart = "/opt/old/bin/platform"\n',
      'backup.service': '[Service]\nExecStart=/usr/bin/tar c /opt/mattermost\n',
    },
  })
  t.same(await findMattermostUnits([`${root}/etc`, `${root}/lib`, `${root}/gone`]), [
    'chat.service',
    'linked.service',
    'old.service',
  ])
})

t.test('variables of a unit and of its files', async t => {
  t.same(assignments('A=b "C=d e" D="x"'), [
    ['A', 'b'],
    ['C', 'd e'],
    ['D', 'x'],
  ])
  const root = t.testdir({ etc: { 'mm.env': '# MM_NO=1\nMM_CONFIG="postgres://u:p@h/d"\nA=file\n\n' } })
  const systemctl = createSystemctl('x', {
    exec: async () => ({
      status: 0,
      stdout:
        'Environment=A=b "MM_X=1 2"\nEnvironmentFiles=/etc/mm.env (ignore_errors=no)\nEnvironmentFiles=/etc/gone (ignore_errors=yes)\nWorkingDirectory=!/opt/mm\nJob=0\n',
      stderr: '',
    }),
  })
  const facts = await systemctl.show('mattermost.service')
  t.match(facts, { workingDirectory: '/opt/mm', job: '', environmentFiles: ['/etc/mm.env', '/etc/gone'] })
  t.same(
    [...(await unitEnvironment(facts, path => root + path))],
    [
      ['A', 'file'],
      ['MM_X', '1 2'],
      ['MM_CONFIG', 'postgres://u:p@h/d'],
    ],
  )
  t.notOk(isBetween({ ...facts, activeState: 'activating', subState: 'auto-restart' }))
  t.ok(isBetween({ ...facts, activeState: 'activating', subState: 'start' }))
})

t.test('wildcards name files, as for systemd', async t => {
  const root = t.testdir({
    etc: {
      'mm-a.env': 'MM_A=1\nMM_B=1\n',
      'mm-b.env': 'MM_B=2\n',
      '.mm-.env': 'MM_HIDDEN=1\n',
      'mm-a-env': 'MM_OTHER=1\n',
    },
  })
  const environmentFiles = ['/etc/mm-*.env', '/gone/*.env']
  const facts = { environment: '', environmentFiles } as unknown as UnitFacts
  t.same(
    [...(await unitEnvironment(facts, path => root + path))],
    [
      ['MM_A', '1'],
      ['MM_B', '2'],
    ],
  )
})

t.test('which program', async t => {
  t.equal(systemctlProgram('', {}), 'systemctl')
  t.equal(systemctlProgram('/r', {}), undefined)
  t.equal(systemctlProgram('/r', { TEAMCHAT_SYSTEMCTL: '/x' }), '/x')
})

t.test('a program that is missing or refuses is one clear line', async t => {
  const { exec } = await import('../../src/system/exec.js')
  await t.rejects(createSystemctl('/no/systemctl', { exec }).show('a.service'), { code: 'services.failed' })
  const refusing = createSystemctl('x', {
    exec: async () => ({ status: 1, stdout: '', stderr: 'Job failed.\nSee status.\n' }),
  })
  await t.rejects(refusing.request('start', 'a.service'), { message: 'cannot start a.service: See status.' })
})
