import t from 'tap'
import { TeamchatError } from '../../../src/errors.js'
import { writeError } from '../../../src/system/files/write-error.js'

const cases: [code: string | undefined, message: RegExp, hint: RegExp][] = [
  [
    'ENOSPC',
    /^cannot write \/etc\/x\/y: the disk is full$/,
    /^free some space on the file system of \/etc\/x;/,
  ],
  ['EDQUOT', /the disk is full$/, /^free some space/],
  ['EROFS', /the file system is read-only$/, /ReadWritePaths=-\/etc\/x; it is tried again$/],
  ['EPERM', /not even by root \(EPERM\)$/, /^it may be immutable: lsattr -d \/etc\/x\/y \/etc\/x;/],
  ['EIO', /^cannot write \/etc\/x\/y: EIO$/, /it is tried again$/],
  [undefined, /cannot write \/etc\/x\/y: Error: odd$/, /it is tried again$/],
]

t.test('why a file could not be written, and what to do', async t => {
  for (const [code, message, hint] of cases) {
    const cause = Object.assign(new Error('odd'), code === undefined ? {} : { code })
    t.match(writeError('/etc/x/y', cause), { code: 'files.write', message, hint }, String(code))
  }
  const ours = new TeamchatError('files.unsafe', 'cannot: it is a link')
  t.equal(writeError('/etc/x/y', ours), ours)
})
