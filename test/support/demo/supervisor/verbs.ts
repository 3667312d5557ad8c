import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beginJob, cancelJob, finishJob, type JobVerb } from './jobs.js'
import { observe } from './observed.js'
import { propertiesOf } from './properties.js'
import type { UnitDefinition, UnitFolder } from './unit.js'

/** A command line, taken apart. */
export interface Request {
  verb: string
  /** Units, each with its suffix; of `cancel` the job's number. */
  names: string[]
  noBlock: boolean
  quiet: boolean
  /** undefined: all. */
  properties: string[] | undefined
  valueOnly: boolean
}

/** What to print and with which status to end; words and numbers are those of systemctl 252, tried. */
export interface Answer {
  status: number
  out: string[]
  err: string[]
  /** A job that goes on after the answer (`--no-block`). */
  goesOn?: { name: string; id: number }
}

/** Does what `systemctl VERB UNIT…` would do. */
export async function answer(folder: UnitFolder, request: Request): Promise<Answer> {
  const { verb, names } = request
  const run = VERBS[verb]
  if (run === undefined) return failed(1, `Unknown command verb ${verb}.`)
  if (names.length === 0) return failed(1, 'Too few arguments.')
  const answers: Answer[] = []
  for (const name of names) {
    answers.push(
      await run(folder, name, verb === 'cancel' ? undefined : await folder.definition(name), request),
    )
  }
  const all: Answer = {
    // is-active is content with one that is; the others report a failure.
    status: verb === 'is-active' ? least(answers) : most(answers),
    out: verb === 'show' ? separated(answers) : answers.flatMap(each => each.out),
    err: answers.flatMap(each => each.err),
  }
  const goesOn = answers.find(each => each.goesOn !== undefined)?.goesOn
  if (request.quiet) all.out = []
  return goesOn === undefined ? all : { ...all, goesOn }
}

type Run = (
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition | undefined,
  request: Request,
) => Promise<Answer>

const VERBS: Readonly<Record<string, Run>> = {
  'is-active': isActive,
  'is-enabled': isEnabled,
  show,
  enable: (folder, name, unit) => setEnabled(folder, name, unit, true),
  disable: (folder, name, unit) => setEnabled(folder, name, unit, false),
  start: job,
  stop: job,
  restart: job,
  reload,
  'reset-failed': resetFailed,
  cancel,
}

async function isActive(folder: UnitFolder, name: string, unit: UnitDefinition | undefined): Promise<Answer> {
  const active = unit && (await observe(folder, name, unit, await folder.state(name))).active
  return { status: active === 'active' ? 0 : 3, out: [active ?? 'inactive'], err: [] }
}

async function isEnabled(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition | undefined,
): Promise<Answer> {
  if (unit === undefined)
    return failed(1, `Failed to get unit file state for ${name}: No such file or directory`)
  const { enabled } = await folder.state(name)
  return { status: enabled ? 0 : 1, out: [enabled ? 'enabled' : 'disabled'], err: [] }
}

async function show(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition | undefined,
  request: Request,
): Promise<Answer> {
  const state = await folder.state(name)
  const known = unit && { unit, state, observed: await observe(folder, name, unit, state) }
  const lines = [...propertiesOf(name, known)]
    .filter(([property]) => request.properties === undefined || request.properties.includes(property))
    .map(([property, value]) => (request.valueOnly ? value : `${property}=${value}`))
  return { status: 0, out: lines, err: [] }
}

async function setEnabled(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition | undefined,
  enabled: boolean,
): Promise<Answer> {
  if (unit === undefined) return failed(1, `Failed to enable unit: Unit file ${name} does not exist.`)
  let changed = false
  await folder.change(name, state => {
    changed = state.enabled !== enabled
    return { ...state, enabled }
  })
  if (changed) await folder.note(`${name} is ${enabled ? 'enabled' : 'disabled'} now`)
  return done
}

async function job(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition | undefined,
  request: Request,
): Promise<Answer> {
  const verb = request.verb as JobVerb
  if (unit === undefined) {
    const missing = verb === 'stop' ? 'not loaded' : 'not found'
    return failed(5, `Failed to ${verb} ${name}: Unit ${name} ${missing}.`)
  }
  const id = await beginJob(folder, name, unit, verb)
  if (request.noBlock) return { ...done, goesOn: { name, id } }
  if (await finishJob(folder, name, unit, id)) return done
  return failed(
    1,
    `Job for ${name} failed because the control process exited with error code.`,
    `See ${folder.logFile(name)} for details.`,
  )
}

async function reload(folder: UnitFolder, name: string, unit: UnitDefinition | undefined): Promise<Answer> {
  if (unit === undefined) return failed(5, `Failed to reload ${name}: Unit ${name} not found.`)
  if (!unit.canReload) {
    return failed(3, `Failed to reload ${name}: Job type reload is not applicable for unit ${name}.`)
  }
  const { active } = await observe(folder, name, unit, await folder.state(name))
  if (active !== 'active') return failed(1, `${name} is not active, cannot reload.`)
  await folder.note(`reload ${name}: only noted, ${unit.description}`)
  return done
}

async function resetFailed(
  folder: UnitFolder,
  name: string,
  unit: UnitDefinition | undefined,
): Promise<Answer> {
  if (unit === undefined) {
    return failed(1, `Failed to reset failed state of unit ${name}: Unit ${name} not loaded.`)
  }
  await folder.change(name, async state => {
    const { active } = await observe(folder, name, unit, state)
    return active === 'failed' ? { ...state, main: undefined, job: undefined } : state
  })
  return done
}

async function cancel(folder: UnitFolder, id: string): Promise<Answer> {
  const files = await readdir(join(folder.folder, 'units'))
  const names = files.map(file => file.replace(/\.json$/, ''))
  if (/^[1-9]\d*$/.test(id) && (await cancelJob(folder, names, Number(id)))) return done
  return failed(1, `Failed to cancel job ${id}: Job ${id} does not exist.`)
}

const done: Answer = { status: 0, out: [], err: [] }

function failed(status: number, ...err: string[]): Answer {
  return { status, out: [], err }
}

function least(answers: Answer[]): number {
  return Math.min(...answers.map(each => each.status))
}

function most(answers: Answer[]): number {
  return Math.max(...answers.map(each => each.status))
}

function separated(answers: Answer[]): string[] {
  return answers.flatMap((each, index) => (index === 0 ? each.out : ['', ...each.out]))
}
