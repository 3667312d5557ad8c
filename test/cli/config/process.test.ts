import { spawn, spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import t from 'tap'
import { openConfig } from './open-config.js'

const modules = {
  output: new URL('../../../src/cli/config/io.js', import.meta.url).href,
  run: new URL('../../../src/cli/config/run.js', import.meta.url).href,
  paths: new URL('../../../src/paths.js', import.meta.url).href,
}

type Way = 'streams of Node' | 'straight to the descriptor'
const ways: Way[] = ['streams of Node', 'straight to the descriptor']
const noPerl = spawnSync('perl', ['-e', '1']).status === 0 ? false : 'perl is not installed'

/** `teamchat config` as a process: real standard output, real arguments. */
function scriptFor(root: string, way: Way = 'straight to the descriptor'): string[] {
  const io = way === 'streams of Node' ? '{ stdin, stdout, stderr, env, paths }' : 'processIo(paths)'
  const streams = way === 'streams of Node' ? 'const { stdin, stdout, stderr, env } = process' : ''
  const script = `
    import { runConfig } from ${JSON.stringify(modules.run)}
    import { processIo } from ${JSON.stringify(modules.output)}
    import { createPaths } from ${JSON.stringify(modules.paths)}
    const paths = createPaths({ root: ${JSON.stringify(root)}, env: process.env })
    ${streams}
    process.exitCode = await runConfig(process.argv.slice(1), ${io})`
  return ['--input-type=module', '-e', script, '--']
}

const big = Array.from({ length: 20_000 }, (_, number) => `key${number}=type|property|value`).join('\n')

for (const way of ways) {
  t.test(`a reader that has gone is no crash: ${way}`, async t => {
    const { root } = openConfig(t, big)
    const child = spawn(process.execPath, [...scriptFor(root, way), 'show'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', part => {
      stderr += String(part)
    })
    child.stdout.once('data', () => child.stdout.destroy())
    t.equal(await new Promise(resolve => child.on('close', resolve)), 0)
    t.equal(stderr, '')
  })

  t.test(`all of a big output arrives: ${way}`, async t => {
    const { root } = openConfig(t, big)
    const { status, stdout } = spawnSync(process.execPath, [...scriptFor(root, way), 'keys'], {
      maxBuffer: 1e8,
    })
    t.equal(status, 0)
    t.equal(stdout.toString().split('\n').length, 20_001)
  })

  t.test(`an output that cannot be written is an error: ${way}`, async t => {
    const { root } = openConfig(t, 'a=b\n')
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [...scriptFor(root, way), 'get', 'a'], {
      stdio: ['ignore', full, 'pipe'],
    })
    t.equal(status, 1)
    t.match(stderr.toString(), /no space left/i)
  })

  t.test(`a pipe that does not block, and a slow reader: ${way}`, { skip: noPerl }, async t => {
    const { root } = openConfig(t, big)
    const notBlocking = 'use Fcntl; fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die; exec @ARGV'
    const command = 'perl -e "$PERL" "$@" | { sleep 0.3; wc -l; }'
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', command, 'sh', process.execPath, ...scriptFor(root, way), 'keys'],
      {
        env: { ...process.env, PERL: notBlocking },
      },
    )
    t.equal(stderr.toString(), '')
    t.equal(stdout.toString().trim(), '20000')
  })
}

t.test('rule 7: an argument that is not UTF-8 is refused, standard input is not', async t => {
  const { root, run } = openConfig(t, 'a=b\n')
  const shell = (command: string) => spawnSync('sh', ['-c', command, process.execPath, ...scriptFor(root)])
  const argument = shell(`exec "$0" "$@" setprop a p "$(printf '\\377')"`)
  t.equal(argument.status, 1)
  t.match(argument.stderr.toString(), /not valid UTF-8.*standard input/)
  const input = shell(`printf '\\377' | exec "$0" "$@" setprop a p -`)
  t.equal(input.status, 0)
  t.equal((await run(['getprop', 'a', 'p'])).stdout, '\xff\n')
})
