import type { Trouble } from '../../api/contract/common.js'
import type { Status } from '../../api/contract/service.js'
import { exitStatus } from '../../errors.js'
import { pauseText, RESUME_HINT } from '../../events/pause.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { operate } from '../connect.js'
import type { CommandContext } from '../context.js'
import { painter } from '../io.js'
import { show } from '../json-output.js'
import { managementLines } from '../output/plan-lines.js'
import { countsText } from '../output/report-lines.js'

/** 0 while the daemon lives, else 1; it answers either way. */
export const command = defineCommand({
  name: 'status',
  summary: 'shows the state of the daemon, settings and users',
  description: [
    'Managed or not and why, revisions, services, errors, and what waits for what. It answers without the daemon as well; the exit status is 1 then.',
  ],
  options: { json: JSON_OPTION },
  examples: [
    { run: 'teamchat status', text: 'Show the state of this host.' },
    { run: 'teamchat status --json | jq .lastError', text: 'Take one value for a script.' },
  ],
  async run(context, { options }) {
    const status = await operate(context, 'reads', operations => operations.status())
    await show(context, options, status, statusLines(status, context))
    return status.daemon.running ? exitStatus.done : exitStatus.failed
  },
})

function statusLines(status: Status, context: CommandContext): string[] {
  const paint = painter(context.io.stdout, context.io.env)
  const { daemon, db, applied, people } = status
  const lines = [
    daemon.running
      ? `daemon      running, pid ${daemon.pid}, since ${daemon.startedAt}, version ${daemon.version}`
      : `daemon      ${paint('red', 'not running')}  (start it: systemctl start teamchatd)`,
    ...(status.management.state === 'managed'
      ? [`management  ${paint('green', 'managed')}`]
      : indent('management  ', managementLines(status.management))),
    ...pauseLines(status, paint),
    ...generationLines(status, paint),
    `DB          ${db.path}, ${db.revision === undefined ? 'missing or unreadable' : `revision ${db.revision}`}`,
    `applied     ${applied.revision === undefined ? 'nothing yet' : `revision ${applied.revision}, ${applied.at}`}`,
    ...status.services.map(service => `service     ${service.unit} ${service.active}, ${service.enabled}`),
    ...status.owed.map(action => `owed        ${paint('yellow', action)}`),
    ...status.drift.map(drift => `drift       ${drift}`),
    ...troubleLines('last error  ', status.lastError),
    `people      UserSync=${people.sync}${people.sync === 'full' && !people.confirmed ? ', not confirmed: teamchat users sync --confirm' : ''}`,
    `directory   ${people.provider}${lastReadText(people.lastRead)}`,
    ...followingLines(people, paint),
    `users       ${people.links} linked, ${people.credentials} with a password to hand out`,
    ...troubleLines('people      ', people.lastError),
  ]
  lines.push(...seatLines(people.seats, paint), ...troubleLines('people      ', people.stop))
  if (people.missing !== undefined) lines.push(`people      ${paint('yellow', people.missing)}`)
  if (people.waiting !== undefined) {
    lines.push(`waits       ${paint('yellow', people.waiting.reason)}`, `            ${people.waiting.hint}`)
  }
  if (people.lastImport !== undefined) {
    const last = people.lastImport
    lines.push(
      `last import ${last.finishedAt}: ${countsText(last)}`,
      ...last.problems.map(problem => `            ${problem}`),
      ...last.waits.map(line => `            waits: ${line}`),
    )
  }
  for (const event of status.events) {
    lines.push(`event       ${event.id} ${event.name} ${event.args[0] ?? ''}: ${event.message}`)
    if (event.hint !== '') lines.push(`            ${event.hint}`)
  }
  return lines
}

function seatLines(seats: Status['people']['seats'], paint: ReturnType<typeof painter>): string[] {
  if (seats === undefined) return []
  if (seats.trouble !== undefined) return [`seats       ${paint('red', seats.trouble)}`]
  const limit = seats.limit === undefined ? '' : ` of ${seats.limit}`
  return [`seats       ${seats.active}${limit} active users (Mattermost ${seats.version})`]
}

function pauseLines({ pause }: Status, paint: ReturnType<typeof painter>): string[] {
  if (pause === undefined) return []
  return [`pause       ${paint('yellow', pauseText(pause))}`, `            ${RESUME_HINT}`]
}

function generationLines({ generation, pin }: Status, paint: ReturnType<typeof painter>): string[] {
  if (generation === undefined) return []
  const lines = [`generation  ${generation.number} (${generation.cause}), ${generation.at}`]
  if (pin === undefined) return lines
  return [
    ...lines,
    `rollback    ${paint('yellow', `to generation ${pin.generation}, in force since ${pin.since}`)}`,
    '            until a property that concerns it changes; teamchat rollback --release ends it',
  ]
}

/** How changes of the directory are noticed, and why that does not work. */
function followingLines(
  { following }: Pick<Status['people'], 'following'>,
  paint: ReturnType<typeof painter>,
): string[] {
  if (following === undefined) return []
  const { by, reason, readAt, movedAt, trouble } = following
  if (by === 'reading') {
    const why = reason === undefined ? '' : `: ${reason}`
    return [`following   ${paint('yellow', `by reading everybody each SyncInterval seconds${why}`)}`]
  }
  const moved = movedAt === undefined ? '' : `, which last moved at ${movedAt}`
  return [
    `following   by its change counter${moved}; everybody read at ${readAt}`,
    ...troubleLines('following   ', trouble),
  ]
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
