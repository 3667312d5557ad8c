import { createProvider } from '../../src/directory/provider.js'
import { planPeople } from '../../src/people/plan/plan.js'
import { planInput } from '../../test/people/plan/plan-input.js'
import { providerSettings } from '../../test/support/provider-settings.js'
import { measure } from './measure.js'

/** The read of a full sync and its plan, on a new server of Team Edition: as many as fit are created. */
await measure(async ({ uri, userDn, bindDn, bindPassword, people }, isRead) => {
  const settings = providerSettings({ uri, baseDn: userDn, userDn, bindDn, bindPassword })
  const provider = createProvider(settings, { below: path => path, readSecret: async () => undefined })
  const { accounts, locksKnown } = await provider.readAll()
  isRead()
  const plan = planPeople(planInput({ accounts, locksKnown, seats: { active: 0, limit: 250 } }))
  if (!locksKnown || plan.decisions.length !== people) throw new Error(`planned ${plan.decisions.length}`)
  return [accounts, plan]
})
