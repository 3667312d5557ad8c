import { exitStatus } from '../../errors.js'
import { defineCommand, JSON_OPTION } from '../command.js'
import { withOwnApp } from '../connect.js'
import { show } from '../json-output.js'
import { doctorLines } from '../output/doctor-lines.js'

/** 0 where nothing is worse than warn, else 1. Always in this process. */
export const command = defineCommand({
  name: 'doctor',
  summary: 'checks the whole host and says what to type',
  description: [
    'Each line is pass, warn, fail or skip (the check makes no sense here, and why), followed by the subject, the result and the remedy: DNS and certificate of the site, ACME, Apache, SELinux, units, the local-mode socket, Mattermost and its database, whether an account exists, the account provider, state and secret files, disks, Node.',
    'Nothing is changed: a probe file is written below AcmeWebroot and removed again. It works in its own process, also while the daemon runs, and ends within half a minute. Exit status: 0 nothing is worse than warn, 1 something fails.',
  ],
  options: { json: JSON_OPTION },
  examples: [
    { run: 'teamchat doctor', text: 'Check the host after an upgrade.' },
    { run: 'teamchat doctor --json', text: 'The same for a monitoring system.' },
  ],
  async run(context, { options }) {
    const report = await withOwnApp(context, app => app.doctor())
    await show(context, options, report, doctorLines(report, context.io))
    return report.worst === 'fail' ? exitStatus.failed : exitStatus.done
  },
})
