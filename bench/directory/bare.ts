import { Client } from 'ldapts'
import { accountAttributes } from '../../src/directory/attributes.js'
import { accountFilterText } from '../../src/directory/ldap/filter.js'
import { measure } from './measure.js'

/** ldapts alone: the same attributes, page after page, nothing kept. */
await measure(async ({ uri, userDn, bindDn, bindPassword, people }, isRead) => {
  const client = new Client({ url: uri })
  await client.bind(bindDn, bindPassword)
  let found = 0
  for await (const { searchEntries } of client.searchPaginated(userDn, {
    filter: accountFilterText,
    attributes: [...accountAttributes],
    timeLimit: 0,
    paged: { pageSize: 1000 },
  })) {
    found += searchEntries.length
  }
  isRead()
  await client.unbind()
  if (found !== people) throw new Error(`read ${found} of ${people}`)
  return found
})
