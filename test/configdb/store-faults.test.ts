import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { updateDb } from '../../src/configdb/store.js'
import { TeamchatError } from '../../src/errors.js'
import { type DiskStep, watchDisk } from '../support/disk-steps.js'

const OLD = 'mattermost=service|status|disabled\n'
const records = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('mattermost='))
const change = (status: string) => () => new Map([['mattermost', `service|status|${status}`]])

t.test(
  'a disk that fails at any step: it is told, the DB is whole, and the next writer need not wait',
  async t => {
    const folder = t.testdir({})
    const run = (name: string, decide?: (step: DiskStep) => 'go' | Error) => {
      const file = join(folder, name, 'configuration')
      mkdirSync(join(folder, name))
      writeFileSync(file, OLD)
      return { file, done: watchDisk(() => updateDb(file, change('enabled')), decide) }
    }
    const { steps } = await run('whole').done
    t.ok(steps.length > 5, steps.map(({ name }) => name).join(', '))
    for (const { number, name } of steps) {
      const at = `${number} ${name}`
      const code = number % 2 === 0 ? 'ENOSPC' : 'EIO'
      const fails = Object.assign(new Error(`${code}: the disk fails`), { code })
      const { file, done } = run(String(number), step => (step.number === number ? fails : 'go'))
      const { error } = await done
      const now = records(file)
      if (error === undefined) t.same(now, ['mattermost=service|status|enabled'], `${at}: done`)
      else {
        t.ok(error instanceof TeamchatError && error.code === 'db.write', `${at}: it is told: ${error}`)
        // Once it has its name, only the power can take it away.
        const isNamed = steps.some(step => step.number < number && step.name === 'rename configuration')
        t.same(now, [`mattermost=service|status|${isNamed ? 'enabled' : 'disabled'}`], `${at}: whole`)
      }
      t.ok(await updateDb(file, change('mended'), { waitMs: 2_000 }), `${at}: the next one writes`)
      t.same(records(file), ['mattermost=service|status|mended'], at)
      t.same(
        readdirSync(join(folder, String(number))).filter(one => one.includes('teamchatd-')),
        [],
        `${at}: nothing is left`,
      )
    }
  },
)
