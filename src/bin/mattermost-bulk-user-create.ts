#!/usr/bin/env node
// The given password stands in the process list: take it out before anything else is loaded. libuv writes the title
// over the arguments and clears the rest, so /proc/PID/cmdline shows the name alone.
const given = process.argv.splice(2)
process.title = 'mattermost-bulk-user-create'

const { main } = await import('../main.js')
process.exitCode = await main('mattermost-bulk-user-create', given)

export {}
