import { type Check, unanswered } from './check.js'
import { fail, pass, type Said, skip } from './finding.js'

/** Somebody has an account: until then the first visitor of the site becomes its administrator. */
export const accountCheck: Check = {
  name: 'account',
  look: async (view, signal) => {
    const reason = await unanswered(view)
    if (reason !== undefined) return [skip(reason)]
    const { noAccounts } = await view.client.until(signal).serverFacts()
    return judgeAccounts(noAccounts, view.settings.mattermost.siteUrl || (view.host ?? ''))
  },
}

export function judgeAccounts(noAccounts: boolean, site: string): Said[] {
  if (!noAccounts) return [pass(site, 'there are accounts: nobody becomes administrator by coming first')]
  return [
    fail(
      site,
      'there is no account yet: the first person to open the site becomes its administrator',
      'mattermost-bulk-user-create  # or open the site now, and go through its wizard',
    ),
  ]
}
