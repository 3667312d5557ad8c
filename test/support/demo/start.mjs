#!/usr/bin/env node
// `npm start`: gets a fresh clone ready, then runs the demonstration. Plain JavaScript, since nothing is built yet.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const HELP = `usage: npm start [-- OPTIONS]

Tries teamchatd out: without root, without a server, everything below one folder.

  --root DIR  the folder; default ./var of the checkout
  --fresh     begins anew: removes what an earlier start has left in the folder
  --once      does everything, ends it again and exits: 0 if all went well
  --built     takes packages and build as they are
  --help      this text
`
const project = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
const buildInfo = join(project, 'dist/.tsbuildinfo')

const options = readOptions()
if (options === undefined) process.exitCode = 64
else if (options.help) process.stdout.write(HELP)
else await start(options)

async function start({ root, fresh, once, built }) {
  process.stdout.write('teamchatd, tried out: no root, no server, one folder\n')
  if (!built) process.stdout.write('\n')
  if (!nodeIsNewEnough() || !(built || (install() && build()))) {
    process.exitCode = 1
    return
  }
  const { runDemo } = await import(new URL('../../../dist/test/support/demo/demo.js', import.meta.url).href)
  // Where npm was called: a relative DIR counts from there.
  const from = process.env.INIT_CWD ?? process.cwd()
  process.exitCode = await runDemo({
    project,
    root: root === undefined ? join(project, 'var') : resolve(from, root),
    fresh,
    once,
  })
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        root: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        built: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    process.stderr.write(`npm start: ${error.message}\n\n${HELP}`)
    return undefined
  }
}

function nodeIsNewEnough() {
  const wanted = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).engines.node.replace(
    '>=',
    '',
  )
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return true
  process.stderr.write(
    `cannot start: this is Node ${process.versions.node}, and it takes ${wanted} or newer\n`,
  )
  return false
}

function install() {
  const installed = modified(join(project, 'node_modules/.package-lock.json'))
  if (installed >= modified(join(project, 'package-lock.json'))) {
    process.stdout.write('1  The packages are there.\n')
    return true
  }
  const why = installed === 0 ? 'node_modules is missing' : 'package-lock.json is newer than node_modules'
  process.stdout.write(`1  Installing packages, since ${why}: npm ci\n`)
  // dev: the compiler is one of them, and NODE_ENV=production would leave it out.
  return run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
}

function build() {
  if (newestSource() <= modified(buildInfo)) {
    process.stdout.write('2  The build is up to date.\n')
    return true
  }
  process.stdout.write('2  Building: npm run build\n')
  const begun = new Date()
  if (!run('npm', ['run', '--silent', 'build'])) return false
  // The compiler leaves its notes alone where a newer file holds the same.
  utimesSync(buildInfo, begun, begun)
  return true
}

function newestSource() {
  const folders = ['src', 'test', 'bench'].flatMap(folder => {
    const path = join(project, folder)
    return modified(path) === 0 ? [] : readdirSync(path, { recursive: true }).map(name => join(path, name))
  })
  const sources = folders.filter(path => path.endsWith('.ts'))
  const others = ['tsconfig.json', 'package-lock.json'].map(name => join(project, name))
  return Math.max(...[...sources, ...others].map(modified))
}

function run(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: project, stdio: 'inherit' })
  if (error) process.stderr.write(`cannot run ${program}: ${error.message}\n`)
  else if (status !== 0) process.stderr.write(`cannot go on: ${program} ${args.join(' ')} failed\n`)
  return status === 0
}

/** Milliseconds; 0 for what does not exist. */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
