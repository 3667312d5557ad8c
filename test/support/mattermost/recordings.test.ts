import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { projectRoot } from '../../../src/paths.js'
import { differences, fill, normal, type Saved, shortened, valueAt } from './recorded-answers.js'
import { type Step, scenarios } from './scenarios.js'
import { type Mattermost, realRelease, startMattermost } from './start.js'

interface Recorded {
  asked: string
  asked_times?: number
  status: number
  answer: unknown
}

const folder = join(projectRoot(), 'test', 'support', 'mattermost')
const versions = realRelease() === undefined ? (['11.2', '10.11'] as const) : ([undefined] as const)

for (const version of versions) {
  t.test(`answers as a real server did, ${version ?? 'the real server itself'}`, async t => {
    const server = await startMattermost(t, version === undefined ? {} : { version })
    const file = join(folder, `recorded-${server.version}.json`)
    if (!existsSync(file)) {
      t.pass('as recorded', { skip: `there is no recording of ${server.version}` })
      return
    }
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Recorded[]>
    let compared = 0
    for await (const { asked, wrong } of compareAll(server, recorded)) {
      t.same(wrong, [], asked)
      compared += 1
    }
    t.equal(compared, 230, 'every recorded question was asked')
  })
}

async function* compareAll(server: Mattermost, recorded: Record<string, Recorded[]>) {
  const saved: Saved = { values: {}, names: {} }
  for (const [name, steps] of Object.entries(scenarios)) {
    for (const [index, step] of steps.entries()) {
      const want = recorded[name]?.[index]
      if (!want) throw new Error(`there is no recording of ${name} ${index + 1}`)
      yield { asked: want.asked, wrong: await seenDifferences(server, step, want, saved) }
    }
  }
}

async function seenDifferences(
  server: Mattermost,
  step: Step,
  want: Recorded,
  saved: Saved,
): Promise<string[]> {
  const { reply, asked } = await askStep(server, step, saved)
  for (const [key, path] of Object.entries(step.save ?? {})) {
    const value = valueAt(reply.body, path)
    saved.values[key] = value
    if (typeof value === 'string') saved.names[value] = key
  }
  for (const [key, header] of Object.entries(step.saveHeader ?? {})) saved.values[key] = reply.headers[header]
  const answer = JSON.parse(
    JSON.stringify(normal(shortened(reply.body, step), saved.names) ?? null),
  ) as unknown
  return [
    ...(want.status === reply.status ? [] : [`status: want ${want.status}, have ${reply.status}`]),
    ...(want.asked_times === undefined || want.asked_times === asked ? [] : [`asked ${asked} times`]),
    ...differences(want.answer, answer),
  ]
}

async function askStep(server: Mattermost, step: Step, saved: Saved) {
  for (let asked = 1; ; asked += 1) {
    const values = { ...saved.values, n: asked }
    const path = String(fill(step.path, values))
    const body = fill(step.body, values)
    const token = step.token === undefined ? undefined : String(fill(step.token, values))
    const reply = step.tcp
      ? await server.overTcp(step.method, path, body, token)
      : await server.api(step.method, path, body)
    if (asked >= (step.times ?? 1) || reply.status !== step.untilNot) return { reply, asked }
  }
}
