import { PresenceFilter } from 'ldapts'
import { asTeamchatError, TeamchatError } from '../../errors.js'
import { finishRead } from '../attributes.js'
import type { Transport } from '../ldap/address.js'
import type { OpenConnection, ReachedStep } from '../ldap/connection.js'
import { boundAs, type ConnectionContext } from '../ldap/errors.js'
import type { Membership } from '../selection.js'
import {
  doubtful,
  failed,
  passed,
  peopleText,
  skipped,
  type Trial,
  type TrialStep,
  type TrialStepName,
  trialPeople,
} from '../trial.js'
import {
  type AccountReader,
  emptyDirectory,
  nobodySelected,
  type ServerKind,
  showsNobody,
} from './account-reader.js'

/** Tries everything that reading people needs, with one connection. Never throws. */
export async function tryServer(
  kind: ServerKind,
  reader: AccountReader,
  signal?: AbortSignal,
): Promise<Trial> {
  const trial: Trial = { steps: [], failure: undefined, people: undefined }
  const reached = new Set<ReachedStep>()
  let url = ''
  const opened = await kind
    .open(signal, undefined, (step, of) => {
      // Of several controllers the last one that was tried.
      if (of !== url) reached.clear()
      url = of
      reached.add(step)
    })
    .catch(error => asTeamchatError(error, 'directory.unreachable', 'reach the directory'))
  if (opened instanceof TeamchatError) {
    trial.steps.push(...failedConnection(opened, reached, kind.transport))
    trial.failure = opened
    return trial
  }
  const { connection, context } = opened
  trial.steps.push(
    passed('connect', context.url),
    transportStep(kind.transport, context),
    passed('login', `as ${boundAs(context)}`),
  )
  await tryToRead(trial, kind, reader, opened).finally(() => connection.close())
  return trial
}

async function tryToRead(
  trial: Trial,
  kind: ServerKind,
  reader: AccountReader,
  { connection, context }: { connection: OpenConnection; context: ConnectionContext },
): Promise<void> {
  const { steps } = trial
  let step: TrialStepName = 'base'
  try {
    const place = { base: context.base, scope: 'base' } as const
    const there = await connection.searchSome(
      new PresenceFilter({ attribute: 'objectClass' }),
      ['1.1'],
      1,
      place,
    )
    if (there.length === 0) throw emptyDirectory(context, kind.identity.filter, 0)
    steps.push(passed('base', context.base))
    step = 'groups'
    const membership = await kind.membership(connection, context)
    steps.push(...groupSteps(membership))
    step = 'people'
    const read = await reader.read(connection, context, membership, kind.filter)
    if (showsNobody(read.accounts)) {
      const others = await connection.searchSome(kind.filter, ['1.1'], 1)
      throw reader.selects && others.length > 0
        ? nobodySelected(context, kind.identity.filter)
        : emptyDirectory(context, kind.identity.filter, read.accounts.length)
    }
    const { accounts } = finishRead(read.accounts, read.showsLocks)
    trial.people = trialPeople(accounts)
    steps.push(passed('people', `${kind.identity.filter}: ${peopleText(trial.people)}`))
    steps.push(locksStep(read.showsLocks, kind))
    step = 'changes'
    const counter = await kind.counter.read(connection, context)
    steps.push(
      counter.kind === 'none'
        ? doubtful(
            'changes',
            `${counter.reason}: UserSync=full reads everybody each SyncInterval seconds`,
            kind.counter.remedy,
          )
        : passed('changes', `followed by ${counter.kind === 'csn' ? 'contextCSN' : 'highestCommittedUSN'}`),
    )
  } catch (error) {
    trial.failure = asTeamchatError(error, 'directory.invalid', 'read the directory')
    steps.push(failed(step, trial.failure))
  }
}

/** The steps of a connection that did not come about: what was reached, what failed, and what was not tried. */
function failedConnection(
  error: TeamchatError,
  reached: ReadonlySet<ReachedStep>,
  { by }: Transport,
): TrialStep[] {
  const encrypted = by === 'tls' || by === 'starttls'
  const broken: TrialStepName =
    error.code === 'directory.bind'
      ? 'login'
      : error.code === 'directory.invalid'
        ? 'tls'
        : !reached.has('connect')
          ? 'connect'
          : encrypted && !reached.has('tls')
            ? 'tls'
            : 'login'
  return (['connect', 'tls', 'login'] as const).map(step => {
    if (step === broken) return failed(step, error)
    if (step !== 'login' && reached.has(step))
      return passed(step, step === 'tls' ? 'encrypted' : 'it answers')
    if (step === 'tls' && !encrypted) return skipped(step, 'not asked for')
    return skipped(step, 'not tried')
  })
}

function transportStep({ by, verified }: Transport, context: ConnectionContext): TrialStep {
  switch (by) {
    case 'socket':
      return skipped('tls', 'a Unix socket needs none')
    case 'loopback':
      return skipped('tls', 'nothing leaves this host')
    case 'plain':
      return context.bindDn === ''
        ? skipped('tls', 'plaintext, and no password is sent')
        : doubtful(
            'tls',
            'plaintext: the bind password can be read on the network',
            'teamchat config setprop sssd StartTls enabled',
          )
    default: {
      const how = by === 'tls' ? 'ldaps' : 'StartTLS'
      return verified
        ? passed('tls', `${how}, the certificate is good`)
        : doubtful(
            'tls',
            `${how}, and any certificate is taken (TlsVerify)`,
            'teamchat config setprop sssd TlsVerify yes CaFile /path/to/ca.pem',
          )
    }
  }
}

function groupSteps({ groups }: Membership): TrialStep[] {
  if (groups.length === 0) return [skipped('groups', 'UserGroup is not set: everybody counts')]
  return groups.map(({ name, dn, nested, members }) => {
    const counted = members === undefined ? '' : `, ${members === 1 ? '1 member' : `${members} members`}`
    const within = nested === 0 ? '' : `, ${nested === 1 ? '1 group' : `${nested} groups`} within it`
    return passed('groups', `${name}: ${dn}${counted}${within}`)
  })
}

function locksStep(shown: boolean, { locks, grant }: ServerKind): TrialStep {
  if (shown) return passed('locks', `${locks.attribute} can be read: locked people are known`)
  return doubtful(
    'locks',
    `nobody’s ${locks.attribute} can be read: locked people cannot be told from others, and nobody is reactivated`,
    `let the bind account read ${grant(locks.attribute)}`,
  )
}
