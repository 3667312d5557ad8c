import t from 'tap'
import type { ImportLine } from '../../../src/api/contract/people.js'
import { importLineText, isForError } from '../../../src/people/run/import.js'

const cases: [ImportLine, string | undefined][] = [
  [
    { kind: 'team', name: 'example', displayName: 'Example Org', result: 'ok' },
    'Creating default team: example (Example Org) ... OK',
  ],
  [
    { kind: 'team', name: 'example', displayName: 'Example Org', result: { failed: 'it is archived' } },
    'Creating default team: example (Example Org) ... FAILED: it is archived',
  ],
  [{ kind: 'locked', login: 'goofy' }, "Skipping locked user: 'goofy'"],
  [{ kind: 'expired', login: 'late' }, "Skipping expired user: 'late'"],
  [{ kind: 'existing', login: 'admin', conflict: undefined }, "Skipping existing user: 'admin'"],
  [
    { kind: 'created', login: 'pluto', password: '6aW221o7', credentialId: 'x', result: 'ok' },
    "Creating user: 'pluto' with password '6aW221o7' ... OK",
  ],
  [
    {
      kind: 'created',
      login: 'pluto',
      password: '6aW221o7',
      credentialId: 'x',
      result: { failed: 'no team' },
    },
    "Creating user: 'pluto' ... FAILED: no team",
  ],
  [
    { kind: 'failed', login: 'pluto', reason: 'the username is taken' },
    "Creating user: 'pluto' ... FAILED: the username is taken",
  ],
  [{ kind: 'note', text: 'locks unknown' }, 'locks unknown'],
  [{ kind: 'progress', finished: 1, total: 2 }, undefined],
]

t.test("the manual's lines, to the letter", async t => {
  for (const [line, text] of cases) {
    t.equal(importLineText(line), text)
    t.equal(isForError(line), line.kind === 'note')
  }
})
