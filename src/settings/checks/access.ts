import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CONFIG_OUTPUT } from '../../config/outputs/definition.js'
import { TeamchatError } from '../../errors.js'
import { idsOfUnit, mayRead } from '../../services/mattermost-unit.js'
import type { UnitFacts } from '../../services/systemd.js'
import type { Exec } from '../../system/exec.js'
import { ACCESS_LIST, loadAttributes } from '../../system/files/attributes.js'
import { missingIsUndefined } from '../../system/files/errors.js'
import type { HostState } from '../host/host-state.js'
import type { ChangePlan } from '../plan/change-plan.js'

/** What Mattermost reads its configuration for. */
const READING_VERBS = new Set(['start', 'restart', 'api-reload'])

/**
 * Throws `check.failed` where Mattermost is to read a config.json that belongs to somebody else and is closed to it: it
 * would not come up again, and an undo, which gives back values, would not help.
 */
export async function checkConfigAccess(
  { configFile, unit }: Pick<HostState, 'configFile' | 'unit'>,
  changePlan: Pick<ChangePlan, 'steps' | 'services'>,
  exec: Exec,
): Promise<void> {
  const isRead = changePlan.services.actions.some(
    one => one.unit === unit?.unit && READING_VERBS.has(one.verb),
  )
  if (unit === undefined || (!isRead && !changePlan.steps.some(step => step.output === CONFIG_OUTPUT))) return
  const trouble = await configAccessTrouble(configFile, unit, exec)
  if (trouble === undefined) return
  throw new TeamchatError('check.failed', `cannot let Mattermost read ${configFile}: ${trouble.reason}`, {
    hint: `nothing was changed; type: ${trouble.remedy} && teamchat apply`,
  })
}

/** Why the unit's user could not read its configuration, one that is yet to be made too; undefined where it can. */
export async function configAccessTrouble(
  configFile: string,
  unit: Pick<UnitFacts, 'unit' | 'user' | 'groups'>,
  exec: Exec,
): Promise<{ reason: string; remedy: string } | undefined> {
  const folder = await stat(dirname(configFile)).catch(missingIsUndefined)
  const file = await stat(configFile).catch(missingIsUndefined)
  if (folder === undefined) return undefined
  // As nearly everywhere: nobody need be asked.
  if (file !== undefined && file.uid !== 0 && file.uid === folder.uid && (file.mode & 0o400) !== 0)
    return undefined
  const ids = await idsOfUnit(unit, exec)
  // A new one gets the owner of its folder.
  const facts = file ?? { ...folder, mode: 0o600 }
  if (ids === undefined || mayRead(facts, ids)) return undefined
  // An access list may let it in, and goes over to the file that takes the place of this one.
  if (file !== undefined && (await loadAttributes()).read(configFile).has(ACCESS_LIST)) return undefined
  const whose = `uid ${facts.uid} with mode ${(facts.mode & 0o7777).toString(8).padStart(4, '0')}`
  const path = file === undefined ? dirname(configFile) : configFile
  const isClosedToOwner = facts.uid === ids.uid
  return {
    reason: `${unit.unit} runs as ${unit.user}, who cannot read it: it ${file === undefined ? 'would belong' : 'belongs'} to ${whose}`,
    remedy: isClosedToOwner ? `chmod u+rw ${path}` : `chown ${unit.user}: ${path}`,
  }
}
