// Writes a config.json as fast as others let it, and tells each time what it wrote: config-hammer.js FILE HOW
// HOW: in-place (as an editor does), rename (as careful ones do), mattermost (as its API does: the whole of it from memory,
// in place, read anew when it is told to). It ends when it is told to, or by itself after many writes.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigFile } from './mattermost/config-file.js'

const MOST = 20_000
const [file = '', how = ''] = process.argv.slice(2)
const config = how === 'mattermost' ? new ConfigFile(file) : undefined
config?.load()
let isOver = false
process.on('message', message => {
  if (message === 'end') isOver = true
  else config?.load()
  process.send?.(message)
})

for (let number = 1; number <= MOST && !isOver; number += 1) {
  write(`name ${number}`, `mail ${number}`)
  process.send?.(number)
  // A Mattermost that saves all the time what it has in memory, and we have not told yet, cannot be beaten.
  await sleep(config === undefined ? number % 3 : 25)
}
process.disconnect()

function write(SiteName: string, FeedbackName: string): void {
  if (config !== undefined) {
    config.patch({ TeamSettings: { SiteName }, EmailSettings: { FeedbackName } })
    return
  }
  const before = JSON.parse(readFileSync(file, 'utf8'))
  before.TeamSettings = { ...before.TeamSettings, SiteName }
  before.EmailSettings = { ...before.EmailSettings, FeedbackName }
  const text = JSON.stringify(before, null, 2)
  writeFileSync(how === 'rename' ? `${file}.other` : file, text)
  if (how === 'rename') renameSync(`${file}.other`, file)
}
