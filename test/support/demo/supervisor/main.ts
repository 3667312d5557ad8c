import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { finishJob } from './jobs.js'
import { parseRequest, UsageError } from './request.js'
import { UnitFolder } from './unit.js'
import { answer } from './verbs.js'

const HELP = `supervisor of the demonstration: stands in the place of systemctl, for the units in DIR/units alone.

usage: main.js --state DIR VERB [--no-block] [-q] [-p NAME,...] [--value] UNIT...

verbs: is-active is-enabled show enable disable start stop restart reload reset-failed, and cancel JOB
`

process.exitCode = await main(process.argv.slice(2))

async function main(argv: string[]): Promise<number> {
  const [flag, state, ...rest] = argv
  if (flag !== '--state' || state === undefined || rest.length === 0 || rest[0] === '--help') {
    process.stderr.write(HELP)
    return rest[0] === '--help' ? 0 : 1
  }
  const folder = new UnitFolder(state)
  try {
    if (rest[0] === '--finish') return await finish(folder, rest[1] ?? '', Number(rest[2]))
    const { status, out, err, goesOn } = await answer(folder, parseRequest(rest))
    if (goesOn !== undefined) continueInBackground(state, goesOn)
    process.stdout.write(out.map(line => `${line}\n`).join(''))
    process.stderr.write(err.map(line => `${line}\n`).join(''))
    return status
  } catch (error) {
    process.stderr.write(`supervisor: ${(error as Error).message}\n`)
    if (!(error instanceof UsageError)) await folder.note(`error: ${(error as Error).message}`)
    return 1
  }
}

async function finish(folder: UnitFolder, name: string, id: number): Promise<number> {
  const unit = await folder.definition(name)
  if (unit === undefined || (await finishJob(folder, name, unit, id))) return 0
  await folder.note(`${name} did not start: see ${folder.logFile(name)}`)
  return 1
}

function continueInBackground(state: string, { name, id }: { name: string; id: number }): void {
  const self = fileURLToPath(import.meta.url)
  const args = [self, '--state', state, '--finish', name, String(id)]
  spawn(process.execPath, args, { detached: true, stdio: 'ignore' }).unref()
}
