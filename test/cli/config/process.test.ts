import { spawn, spawnSync } from 'node:child_process'
import { openSync } from 'node:fs'
import t from 'tap'
import { openConfig } from './open-config.js'

const modules = {
  run: new URL('../../../src/cli/config/run.js', import.meta.url).href,
  paths: new URL('../../../src/paths.js', import.meta.url).href,
}

/** `teamchat config` as a process: real standard streams, real arguments. */
function scriptFor(root: string): string[] {
  const script = `
    import { runConfig } from ${JSON.stringify(modules.run)}
    import { createPaths } from ${JSON.stringify(modules.paths)}
    const { stdin, stdout, stderr, env } = process
    const paths = createPaths({ root: ${JSON.stringify(root)}, env })
    process.exitCode = await runConfig(process.argv.slice(1), { stdin, stdout, stderr, env, paths })`
  return ['--input-type=module', '-e', script, '--']
}

const big = Array.from({ length: 20_000 }, (_, number) => `key${number}=type|property|value`).join('\n')

t.test('a reader that has gone is no crash', async t => {
  const { root } = openConfig(t, big)
  const child = spawn(process.execPath, [...scriptFor(root), 'show'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', part => {
    stderr += String(part)
  })
  child.stdout.once('data', () => child.stdout.destroy())
  t.equal(await new Promise(resolve => child.on('close', resolve)), 0)
  t.equal(stderr, '')
})

t.test('all of a big output arrives', async t => {
  const { root } = openConfig(t, big)
  const { status, stdout } = spawnSync(process.execPath, [...scriptFor(root), 'keys'], { maxBuffer: 1e8 })
  t.equal(status, 0)
  t.equal(stdout.toString().split('\n').length, 20_001)
})

t.test('an output that cannot be written is an error', async t => {
  const { root } = openConfig(t, 'a=b\n')
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [...scriptFor(root), 'get', 'a'], {
    stdio: ['ignore', full, 'pipe'],
  })
  t.equal(status, 1)
  t.match(stderr.toString(), /no space left/i)
})

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
