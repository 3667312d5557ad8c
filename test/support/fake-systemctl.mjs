#!/usr/bin/env node
// A stand-in for systemctl, for tests: knows the verbs that teamchatd uses, keeps the units in a JSON file and writes
// down every call. FAKE_SYSTEMCTL names the folder: units.json {UNIT: {active, enabled, load, result, sub, …}} and calls.log.
// A unit's member `onStart` is its state after a start or restart (default active).
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const NOT_FOUND = { load: 'not-found', active: 'inactive', enabled: '' }

/** Does one call in the folder; gives what the program would print and its exit status. */
export function fakeSystemctl(folder, args) {
  appendFileSync(`${folder}/calls.log`, `${args.join(' ')}\n`)
  const units = JSON.parse(readFileSync(`${folder}/units.json`, 'utf8'))
  const [verb, ...rest] = args
  const name = rest.filter(word => !word.startsWith('-')).at(-1) ?? ''
  const answer = act(verb, name, units)
  writeFileSync(`${folder}/units.json`, JSON.stringify(units, null, 2))
  return { status: 0, stdout: '', stderr: '', ...answer }
}

function act(verb, name, units) {
  const unit = units[name]
  if (verb === 'show') return { stdout: facts(unit ?? NOT_FOUND) }
  if (unit === undefined) return { status: 5, stderr: `Unit ${name} could not be found.\n` }
  switch (verb) {
    case 'is-active':
      return { status: unit.active === 'active' ? 0 : 3, stdout: `${unit.active}\n` }
    case 'is-enabled':
      return { status: unit.enabled === 'enabled' ? 0 : 1, stdout: `${unit.enabled}\n` }
    case 'enable':
    case 'disable':
      unit.enabled = `${verb}d`
      return {}
    case 'start':
    case 'restart':
      unit.active = unit.onStart ?? 'active'
      return {}
    case 'stop':
      unit.active = 'inactive'
      return {}
    case 'reload':
      return unit.active === 'active' ? {} : { status: 1, stderr: `${name} is not active, cannot reload.\n` }
    case 'reset-failed':
    case 'cancel':
      return {}
    default:
      return { status: 1, stderr: `Unknown command verb ${verb}.\n` }
  }
}

function facts(unit) {
  return [
    `LoadState=${unit.load ?? 'loaded'}`,
    `ActiveState=${unit.active}`,
    `SubState=${unit.sub ?? ''}`,
    `UnitFileState=${unit.enabled}`,
    `Job=${unit.job ?? ''}`,
    `Result=${unit.result ?? 'success'}`,
    `User=${unit.user ?? ''}`,
    `WorkingDirectory=${unit.workingDirectory ?? ''}`,
    `Environment=${unit.environment ?? ''}`,
    ...(unit.environmentFiles ?? []).map(file => `EnvironmentFiles=${file} (ignore_errors=no)`),
    ...(unit.command === undefined
      ? []
      : [
          `ExecStart={ path=${unit.command.split(' ')[0]} ; argv[]=${unit.command} ; ignore_errors=no ; start_time=[n/a] }`,
        ]),
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { status, stdout, stderr } = fakeSystemctl(process.env.FAKE_SYSTEMCTL, process.argv.slice(2))
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = status
}
