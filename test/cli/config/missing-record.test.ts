import { readFileSync } from 'node:fs'
import t from 'tap'
import { openConfig } from './open-config.js'

const cases: { argv: string[]; input?: string; stderr: RegExp | '' }[] = [
  {
    argv: ['setprop', 'mattermost', 'VirtualHost', 'a.b'],
    stderr:
      /^teamchat: there is no record mattermost, so nothing was set; to create it, type: teamchat config set mattermost service VirtualHost a\.b\n$/,
  },
  {
    argv: ['setprop', 'OrganizationContact', 'Company', "Müller's"],
    stderr: /teamchat config set OrganizationContact configuration Company 'M\S+ller'\\''s'\n$/,
  },
  {
    argv: ['setprop', 'sssd', 'BindDN', 'cn=reader', 'BindPassword', 'geheim'],
    stderr: /teamchat config set sssd service BindDN cn=reader BindPassword -\n$/,
  },
  {
    argv: ['setprop', 'sssd', 'BindPassword', '-'],
    input: 'geheim\n',
    stderr: /teamchat config set sssd service BindPassword -\n$/,
  },
  { argv: ['setprop', 'DomainName', 'x', 'y'], stderr: /teamchat config set DomainName VALUE\n$/ },
  { argv: ['delprop', 'mattermost', 'Home'], stderr: /no record mattermost, so nothing was removed/ },
  { argv: ['setprop', 'ourOwn', 'x', 'y'], stderr: '' },
  { argv: ['delprop', 'ourOwn', 'x'], stderr: '' },
]

const slips: { argv: string[]; stderr: string }[] = [
  {
    argv: ['setprop', 'mattermost', 'listenport', '8066'],
    stderr: 'teamchat: teamchatd does not know mattermost listenport; did you mean ListenPort?\n',
  },
  {
    argv: ['set', 'mattermost', 'service', 'VirtuaHost', 'a.b'],
    stderr: 'teamchat: teamchatd does not know mattermost VirtuaHost; did you mean VirtualHost?\n',
  },
  {
    argv: ['setjson', '[{"name":"Mattermost","type":"service"}]'],
    stderr: 'teamchat: teamchatd does not know the record Mattermost; did you mean mattermost?\n',
  },
  { argv: ['setprop', 'mattermost', 'TCPPort', '80'], stderr: '' },
]

t.test('a name that is most likely a slip is stored, and told', async t => {
  for (const { argv, stderr } of slips) {
    const config = openConfig(t, 'mattermost=service\n')
    t.match(await config.run(argv), { status: 0, stdout: '', stderr }, argv.join(' '))
    t.not(readFileSync(config.path, 'latin1'), 'mattermost=service\n', argv.join(' '))
    t.equal((await config.db(['other', ...argv])).stderr, '', 'in another DB it is the site’s matter')
  }
})

t.test('a change of a record that is not there is told, and exits 0 as in the stock tool', async t => {
  for (const { argv, input, stderr } of cases) {
    const config = openConfig(t, 'a=b\n')
    const result = await config.run(argv, input)
    t.equal(result.status, 0, argv.join(' '))
    t.equal(result.stdout, '', argv.join(' '))
    if (stderr === '') t.equal(result.stderr, '', argv.join(' '))
    else t.match(result.stderr, stderr, argv.join(' '))
    t.notMatch(result.stderr, /geheim/, argv.join(' '))
    t.equal(readFileSync(config.path, 'latin1'), 'a=b\n', argv.join(' '))
  }
})

t.test('in another DB nothing is said: teamchatd knows nothing of it', async t => {
  const config = openConfig(t, 'a=b\n')
  t.match(await config.db(['accounts', 'setprop', 'mattermost', 'Home', '/x']), { status: 0, stderr: '' })
})

t.test('what is told works when it is typed', async t => {
  const config = openConfig(t, 'a=b\n')
  const { stderr } = await config.run(['setprop', 'mattermost', 'VirtualHost', 'a.b'])
  const line = /teamchat config (.*)\n/.exec(stderr)?.[1] ?? ''
  t.match(await config.run(line.split(' ')), { status: 0, stderr: '' })
  t.equal((await config.run(['getprop', 'mattermost', 'VirtualHost'])).stdout, 'a.b\n')
})
