import { defineCommand } from '../../command.js'

export const command = defineCommand({
  name: '',
  program: 'teamchatd',
  synopsis: ['[--root DIR]'],
  summary: 'keeps Mattermost as the configuration DB and the directory say',
  description: [
    'It runs in the foreground, applies the changes since it last ran, then watches the DB, the spool of events and, with UserSync=full, the directory. SIGTERM ends it. systemd starts it by teamchatd.service.',
  ],
  examples: [
    { run: 'systemctl enable --now teamchatd', text: 'Start it now and at every boot.' },
    { run: 'teamchatd --root /tmp/trial', text: 'Try it out below a folder of your own, without root.' },
  ],
  noJson: 'it is a service; teamchat status --json shows its state, and its log is JSON',
  async run(context) {
    return context.runDaemon(context.paths)
  },
})
