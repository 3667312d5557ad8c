import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../../src/paths.js'

const program = join(projectRoot(), 'dist/src/bin/teamchat.js')
const isolated = ['--mount', '--uts']
const noNamespaces =
  process.getuid?.() === 0 &&
  spawnSync('unshare', [...isolated, 'mount', '-t', 'tmpfs', 'teamchat-test', '/var/lib']).status === 0
    ? false
    : 'a mount and a host name of one’s own need root, and a kernel that lets it'

/** Runs a script that sees an empty /var/lib and the host name srv.example.org; the machine keeps its own. */
function onHost(script: string): { stdout: string; stderr: string } {
  const setUp = 'mount -t tmpfs teamchat-test /var/lib && hostname srv.example.org || exit 99'
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    [...isolated, 'sh', '-c', `${setUp}\nteamchat() { "$NODE" "$PROGRAM" "$@"; }\n${script}`],
    { env: { PATH: process.env.PATH, NODE: process.execPath, PROGRAM: program }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`the script ended with ${status}: ${stderr}`)
  return { stdout, stderr }
}

t.test('Overrides: the default DB as every reader sees it', { skip: noNamespaces }, async t => {
  const file = '/var/lib/nethserver/db/configuration'
  for (const call of ['teamchat config', 'teamchat db configuration', `teamchat db ${file}`]) {
    const { stdout, stderr } = onHost(`
      ${call} set DomainName stored.org
      ${call} set a b
      ${call} get DomainName
      ${call} show SystemName
      ${call} keys
      grep -v '^#' ${file}`)
    t.match(
      stderr,
      /^teamchat: DomainName is stored, but every reader sees .*"example\.org" instead\n$/,
      call,
    )
    t.equal(
      stdout,
      'example.org\nSystemName=srv\nDomainName\nSystemName\nTimeZone\na\nDomainName=stored.org\na=b\n',
      `${call}: warned of, still written, and never persisted`,
    )
  }
})

t.test('Overrides: setjson warns too; another DB has none', { skip: noNamespaces }, async t => {
  const { stdout, stderr } = onHost(`
    teamchat config setjson '[{"name":"x","type":"y"},{"name":"SystemName","type":"z"}]'
    teamchat db accounts set SystemName q
    teamchat db accounts print
    DBPATH=/var/lib/other teamchat config set DomainName their.own
    DBPATH=/var/lib/other teamchat config print`)
  t.match(stderr, /^teamchat: SystemName is stored[^\n]*\n$/)
  t.equal(stdout, 'SystemName=q\nDomainName=their.own\n')
})
