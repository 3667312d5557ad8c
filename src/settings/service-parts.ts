import { type KnownTemplates, noTemplates } from '../config/outputs/outputs.js'
import { createSystemctl, type Systemctl, systemctlProgram } from '../services/systemd.js'
import { type Exec, exec } from '../system/exec.js'
import { type Attributes, loadAttributes } from '../system/files/attributes.js'
import { loadRenameExchange, type RenameExchange } from '../system/files/rename-exchange.js'
import { createJournalFile, type JournalFile } from '../transaction/journal.js'
import { createStateFile, type StateFile } from '../transaction/state.js'
import type { AdoptParts } from './adopt/site.js'
import type { CommitParts } from './apply/change.js'
import { GenerationStore } from './history/generation-store.js'
import { type HistoryParts, keepGeneration } from './history/history.js'
import type { SettingsParts } from './parts.js'

/** Collaborators of the settings service, with the files that it keeps. */
export interface ServiceParts {
  parts: SettingsParts
  stateFile: StateFile
  journalFile: JournalFile
  generations: GenerationStore
  /** undefined: services are not touched. */
  systemctl: Systemctl | undefined
  /** Templates as they were read last. */
  templates: KnownTemplates
  /** Loaded when it is first asked for, and kept. */
  exchange: () => Promise<RenameExchange>
  /** Likewise. */
  attributes: () => Promise<Attributes>
  exec: Exec
  env: NodeJS.ProcessEnv
  now: () => Date
}

export function createServiceParts(parts: SettingsParts): ServiceParts {
  const { paths } = parts
  const by = { exec: parts.exec ?? exec, env: parts.env ?? process.env }
  const program = systemctlProgram(paths.root, by.env)
  const sleep = parts.sleep === undefined ? {} : { sleep: parts.sleep }
  let exchange: Promise<RenameExchange> | undefined
  let attributes: Promise<Attributes> | undefined
  return {
    ...by,
    parts,
    stateFile: createStateFile(paths.settingsStateFile, paths.root),
    journalFile: createJournalFile(paths.settingsJournalFile, paths.root),
    generations: new GenerationStore(paths),
    systemctl: program === undefined ? undefined : createSystemctl(program, { ...by, ...sleep }),
    templates: noTemplates(),
    exchange: () => {
      exchange ??= parts.exchange === undefined ? loadRenameExchange() : Promise.resolve(parts.exchange)
      return exchange
    },
    attributes: () => {
      attributes ??= loadAttributes()
      return attributes
    },
    now: () => parts.now?.() ?? new Date(),
  }
}

/** Collaborators of a change; `cause`: why the service runs. */
export async function commitParts(service: ServiceParts, cause: string): Promise<CommitParts> {
  const { parts, stateFile, journalFile, generations, systemctl, now } = service
  return {
    parts: { recordGeneration: change => keepGeneration(change, generations), ...parts },
    cause,
    stateFile,
    journalFile,
    exchange: await service.exchange(),
    attributes: await service.attributes(),
    systemctl,
    now,
  }
}

/** Collaborators of an adoption or a retirement. */
export function adoptParts({ parts, stateFile, systemctl, exec, env, now }: ServiceParts): AdoptParts {
  return { parts, stateFile, systemctl, exec, env, now: now() }
}

export function historyParts({ parts, generations }: ServiceParts): HistoryParts {
  return { store: generations, paths: parts.paths, sleep: parts.sleep }
}
