import t from 'tap'
import { CancellableDelay } from '../../../src/system/concurrency/delay.js'

t.test('a moment ends by itself, or by whoever ends it', async t => {
  const moment = new CancellableDelay()
  moment.end()
  await t.resolves(moment.wait(5))
  const long = moment.wait(3_600_000)
  moment.end()
  await t.resolves(long)
  moment.end()
  await t.resolves(moment.wait(5))
})
