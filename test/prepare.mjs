// What a fresh clone lacks: packages and the built program. `npm test` and `npm start` call it first.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Installs the locked packages where they are missing or older than the lock file, then compiles. Exits on failure. */
export function prepare(say = line => console.log(line)) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`cannot build teamchatd with Node ${process.versions.node}: it takes 20.19 or newer`)
    process.exit(1)
  }
  if (!installed()) {
    say('installing the locked packages (npm ci) …')
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  }
  say('compiling …')
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'])
}

function installed() {
  // A link leads to another checkout's packages, which npm ci would empty first.
  if (lstatSync(`${root}node_modules`, { throwIfNoEntry: false })?.isSymbolicLink()) return true
  const marker = `${root}node_modules/.package-lock.json`
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status === 0) return
  console.error(
    `cannot go on: ${command} ${args[0]} ${error ? error.message : `ended with status ${status}`}`,
  )
  process.exit(1)
}
