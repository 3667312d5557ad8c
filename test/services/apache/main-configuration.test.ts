import { symlinkSync } from 'node:fs'
import t from 'tap'
import { createPaths } from '../../../src/paths.js'
import { candidateMain, minimalMain } from '../../../src/services/apache/main-configuration.js'

const MAIN =
  'Timeout 300\nIncludeOptional mods-enabled/*.load\nIncludeOptional sites-enabled/*.conf\nAfter 1\n'

t.test('the candidate stands where the live vhost would be read, and that one is left out', async t => {
  const root = t.testdir({
    etc: {
      apache2: {
        'sites-available': { 'mattermost.conf': 'live' },
        'sites-enabled': { '000-default.conf': '', 'zzz-last.conf': '', 'readme.txt': '' },
      },
    },
  })
  const paths = createPaths({ root, env: {} }).apache('debian')
  const enabled = `${root}/etc/apache2/sites-enabled`
  const stage = (candidate: string | undefined, links: string[]) =>
    candidateMain({ paths, root, text: MAIN, candidate, links, modules: [], without: [] })
  const fresh = await stage('/run/c.conf', [])
  t.same(fresh.text.split('\n'), [
    `ServerRoot "${root}/etc/apache2"`,
    'Timeout 300',
    'IncludeOptional mods-enabled/*.load',
    `Include "${enabled}/000-default.conf"`,
    'Include "/run/c.conf"',
    `Include "${enabled}/zzz-last.conf"`,
    'After 1',
    '',
    '',
  ])
  t.same(fresh.origins, [undefined, 1, 2, undefined, undefined, undefined, 4, 5])
  symlinkSync('../sites-available/mattermost.conf', `${enabled}/zz-mattermost.conf`)
  t.equal((await stage('/run/c.conf', [`${enabled}/zz-mattermost.conf`])).text, fresh.text)
  t.notMatch((await stage(undefined, [])).text, /zz-mattermost|c\.conf/)
})

t.test('what is enabled with it is read where its kind is; what goes with it is not read', async t => {
  const root = t.testdir({
    etc: {
      apache2: {
        'mods-available': { 'ssl.load': '', 'ssl.conf': '', 'proxy.load': '' },
        'sites-enabled': { 'chat.conf': '', 'other.conf': '' },
        'conf-enabled': { 'a.conf': '', 'chat.conf': '' },
      },
    },
  })
  const paths = createPaths({ root, env: {} }).apache('debian')
  const home = `${root}/etc/apache2`
  const { text } = await candidateMain({
    paths,
    root,
    text: 'IncludeOptional mods-enabled/*.load\nIncludeOptional mods-enabled/*.conf\nIncludeOptional conf-enabled/*.conf\nIncludeOptional sites-enabled/*.conf',
    candidate: '/run/c.conf',
    links: [],
    modules: ['ssl', 'proxy'],
    without: [`${home}/sites-enabled/chat.conf`, `${home}/conf-enabled/chat.conf`],
  })
  t.same(text.split('\n').slice(1, -1), [
    'IncludeOptional mods-enabled/*.load',
    `Include "${home}/mods-available/ssl.load"`,
    `Include "${home}/mods-available/proxy.load"`,
    'IncludeOptional mods-enabled/*.conf',
    `Include "${home}/mods-available/ssl.conf"`,
    `Include "${home}/conf-enabled/a.conf"`,
    `Include "${home}/sites-enabled/other.conf"`,
    'Include "/run/c.conf"',
  ])
})

t.test('a main file that includes no sites gets the candidate at its end', async t => {
  const root = t.testdir({})
  const paths = createPaths({ root, env: {} }).apache('rhel')
  const staged = await candidateMain({
    paths,
    root,
    text: 'ServerRoot "/etc/httpd"\n',
    candidate: '/c',
    links: [],
    modules: [],
    without: [],
  })
  t.match(staged.text, /Include "\/c"\n$/)
  t.notMatch(staged.text, /ServerRoot[\s\S]*ServerRoot/)
})

t.test('a main file of ours loads what is there', async t => {
  const { text } = minimalMain({
    folder: '/m',
    modules: ['mod_ssl.so', 'mod_other.so'],
    runFolder: '/r',
    candidate: '/c',
  })
  t.match(text, /LoadModule ssl_module "\/m\/mod_ssl\.so"/)
  t.notMatch(text, /other|proxy/)
})
