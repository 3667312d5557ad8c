import { type ExitStatus, exitStatus } from '../errors.js'
import type { Status, Trouble } from '../stories/operations.js'
import { pauseText, RESUME_HINT } from '../stories/pause.js'
import { type OpenHouse, withOperations } from './connect.js'
import { painter, type Surroundings, writeLines } from './io.js'
import { managementLines } from './settings.js'

/** `teamchat status [--json]`: 0 while the daemon lives, else 1; it answers either way. */
export async function runStatus(around: Surroundings, open: OpenHouse, json: boolean): Promise<ExitStatus> {
  const status = await withOperations(around.paths, open, 'reads', operations => operations.status())
  await writeLines(
    around.io.stdout,
    json ? [JSON.stringify(status, undefined, 2)] : statusLines(status, around),
  )
  return status.daemon.running ? exitStatus.done : exitStatus.failed
}

function statusLines(status: Status, around: Surroundings): string[] {
  const paint = painter(around.io.stdout, around.io.env)
  const { daemon, db, applied, people } = status
  const lines = [
    daemon.running
      ? `daemon      running, pid ${daemon.pid}, since ${daemon.startedAt}, version ${daemon.version}`
      : `daemon      ${paint('red', 'not running')}  (start it: systemctl start teamchatd)`,
    ...(status.management.state === 'managed'
      ? [`management  ${paint('green', 'managed')}`]
      : indent('management  ', managementLines(status.management))),
    ...pauseLines(status, paint),
    `DB          ${db.path}, ${db.revision === undefined ? 'missing or unreadable' : `revision ${db.revision}`}`,
    `applied     ${applied.revision === undefined ? 'nothing yet' : `revision ${applied.revision}, ${applied.at}`}`,
    ...status.services.map(service => `service     ${service.unit} ${service.active}, ${service.enabled}`),
    ...status.owed.map(action => `owed        ${paint('yellow', action)}`),
    ...status.drift.map(drift => `drift       ${drift}`),
    ...troubleLines('last error  ', status.lastError),
    `people      UserSync=${people.sync}${people.sync === 'full' && !people.confirmed ? ', not confirmed: teamchat users sync --confirm' : ''}`,
    `directory   ${people.provider}${lastReadText(people.lastRead)}`,
    `users       ${people.links} linked, ${people.credentials} with a password to hand out`,
    ...troubleLines('people      ', people.lastError),
  ]
  if (people.waiting !== undefined) {
    lines.push(`waits       ${paint('yellow', people.waiting.reason)}`, `            ${people.waiting.hint}`)
  }
  if (people.lastImport !== undefined) {
    const last = people.lastImport
    lines.push(
      `last import ${last.finishedAt}: ${last.created} created, ${last.adopted} adopted, ${last.joined} joined, ` +
        `${last.skipped} skipped, ${last.refused} refused, ${last.failed} failed`,
      ...last.problems.map(problem => `            ${problem}`),
      ...last.notYetDone.map(line => `            not yet done: ${line}`),
    )
  }
  for (const event of status.events) {
    lines.push(`event       ${event.id} ${event.name} ${event.args[0] ?? ''}: ${event.message}`)
    if (event.hint !== '') lines.push(`            ${event.hint}`)
  }
  return lines
}

function pauseLines({ pause }: Status, paint: ReturnType<typeof painter>): string[] {
  if (pause === undefined) return []
  return [`pause       ${paint('yellow', pauseText(pause))}`, `            ${RESUME_HINT}`]
}

function lastReadText(read: Status['people']['lastRead']): string {
  if (read === undefined) return ''
  if ('message' in read) return `: ${read.message} (${read.at})`
  return `: ${read.accounts} accounts at ${read.at}${read.locksKnown ? '' : ', locks unknown'}`
}

function troubleLines(label: string, trouble: Trouble | undefined): string[] {
  if (trouble === undefined) return []
  return [`${label}${trouble.at} ${trouble.message}`, `            ${trouble.hint}`]
}

function indent(label: string, lines: string[]): string[] {
  return lines.map((line, index) => `${index === 0 ? label : ' '.repeat(label.length)}${line}`)
}
