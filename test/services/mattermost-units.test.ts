import t from 'tap'
import { findMattermostUnits } from '../../src/services/mattermost-units.js'

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
