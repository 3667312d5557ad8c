import t from 'tap'
import { linesOf } from '../../../src/config/text/diff.js'
import { compareContents } from '../../../src/settings/history/generation-diff.js'
import type { Contents, StoredLeaf } from '../../../src/settings/history/generation-store.js'

const plain = (
  name: string,
  value: string | number,
  compare: StoredLeaf['compare'] = 'exact',
): StoredLeaf => ({
  name,
  path: name.split('.'),
  compare,
  value,
})
const secret = (hash: string, shown = '***'): StoredLeaf => ({
  name: 'SqlSettings.DataSource',
  path: ['SqlSettings', 'DataSource'],
  compare: 'exact',
  hash,
  shown,
})
const contents = (leaves: StoredLeaf[], text?: string): Contents => ({
  configFile: '/opt/mattermost/config/config.json',
  leaves,
  files: text === undefined ? [] : [{ output: 'mattermost.conf', path: '/etc/x.conf', text }],
})
const options = { labels: ['generation 1', 'live'], show: linesOf, configOutput: 'config.json' } as const

t.test('leaves are told one by one, texts as a unified diff', async t => {
  const before = contents([plain('A.Port', '1'), plain('A.Gone', 2), secret('x')], 'one\ntwo\n')
  const after = contents([plain('A.Port', '9'), plain('A.New', 3), secret('x')], 'one\n2\n')
  t.same(compareContents(before, after, options), [
    {
      output: 'config.json',
      path: '/opt/mattermost/config/config.json',
      diff: [
        '--- /opt/mattermost/config/config.json (generation 1)',
        '+++ /opt/mattermost/config/config.json (live)',
        '-A.Port: "1"',
        '+A.Port: "9"',
        '-A.Gone: 2',
        '+A.New: 3',
      ],
    },
    {
      output: 'mattermost.conf',
      path: '/etc/x.conf',
      diff: [
        '--- /etc/x.conf (generation 1)',
        '+++ /etc/x.conf (live)',
        '@@ -1,2 +1,2 @@',
        ' one',
        '-two',
        '+2',
      ],
    },
  ])
  t.same(compareContents(before, before, options), [])
})

t.test('values are compared as Mattermost reads them, secrets by their hash', async t => {
  const folder = (value: string) => contents([plain('F.Directory', value, 'folder')])
  t.same(compareContents(folder('/data'), folder('/data/'), options), [])
  t.same(compareContents(contents([secret('x')]), contents([secret('y')]), options)[0]?.diff.slice(2), [
    '-SqlSettings.DataSource: ***',
    '+SqlSettings.DataSource: *** (another secret)',
  ])
})

t.test('a file that is there on one side alone', async t => {
  const diff = compareContents(contents([], 'one\n'), contents([]), options)
  t.match(diff, [{ output: 'mattermost.conf', diff: [/^---/, /^\+\+\+/, '@@ -1 +0,0 @@', '-one'] }])
  t.match(compareContents(contents([]), contents([], 'one\n'), options), [
    { diff: [/^-/, /^\+/, /^@@/, '+one'] },
  ])
})
