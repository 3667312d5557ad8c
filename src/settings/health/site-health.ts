import { z } from 'zod'
import { readLiveConfig } from '../../transaction/files.js'
import type { HostState } from '../host/host-state.js'
import type { SiteHealth } from '../parts.js'
import { newlyBroken } from './compare.js'
import { type HealthParts, healthChecks, type Places, placesNow, placesThen } from './host-checks.js'
import { look, lookAgain } from './look.js'

/** As it lies in the state file between the two looks. */
const lookedSchema = z.strictObject({
  places: z.strictObject({
    listenAddress: z.string(),
    socket: z.string().optional(),
    siteUrl: z.string(),
    host: z.string().optional(),
  }),
  well: z.array(z.string()),
})

export interface SiteHealthParts extends HealthParts {
  sleep?: (milliseconds: number) => Promise<void>
  /** Milliseconds that pass evenly. */
  now?: () => number
}

/** Ready is not yet well: so long Mattermost may take between the two, however long its start took. */
const AT_LEAST_MS = 5_000

/**
 * Looks at units, Mattermost and sites before and after a change. StartTimeout is what services may take altogether,
 * from the first action on. Only what was well before and is not afterwards counts.
 */
export function siteHealth(parts: SiteHealthParts): SiteHealth {
  const now = parts.now ?? (() => performance.now())
  // After a crash nobody knows: then services get the whole time.
  let began: number | undefined
  return {
    before: async (hostState, actions) => {
      const places = placesNow(hostState)
      const findings = await look(healthChecks(hostState, actions, places, parts))
      const well = findings.filter(({ trouble }) => trouble === undefined).map(({ name }) => name)
      began = now()
      const { host, socket, listenAddress, siteUrl } = places
      const asked = { ...(host === undefined ? {} : { host }), ...(socket === undefined ? {} : { socket }) }
      return { places: { listenAddress, siteUrl, ...asked }, well }
    },
    after: async (hostState, actions, before, undone) => {
      const looked = lookedSchema.safeParse(before).data
      // Of another release: nothing to compare with.
      if (looked === undefined) return []
      const places = undone
        ? { host: undefined, socket: undefined, ...looked.places }
        : await placesAfter(hostState, parts.paths.root)
      const well = looked.well.map(name => ({ name, trouble: undefined }))
      const allowed = hostState.settings.teamchatd.startTimeout * 1000
      const spent = began === undefined ? 0 : now() - began
      const findings = await lookAgain(healthChecks(hostState, actions, places, parts), well, {
        timeoutMs: Math.max(AT_LEAST_MS, allowed - spent),
        now,
        ...(parts.sleep === undefined ? {} : { sleep: parts.sleep }),
      })
      // The undo that may follow has its own time.
      began = now()
      return newlyBroken(well, findings).map(({ trouble = '' }) => trouble)
    },
  }
}

/** What was given back is as its files say, whatever stands in the DB. */
async function placesAfter(hostState: HostState, root: string): Promise<Places> {
  if (hostState.state.retiredAt === undefined) return placesThen(hostState, root)
  return placesNow({ ...hostState, vhost: undefined, live: await readLiveConfig(hostState.configFile, root) })
}
