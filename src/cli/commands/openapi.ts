import { openApiDocument } from '../../api/openapi.js'
import { exitStatus } from '../../errors.js'
import { defineCommand } from '../command.js'
import { write } from '../io.js'

export const command = defineCommand({
  name: 'openapi',
  summary: "prints the description of the daemon's API",
  description: [
    'The document is OpenAPI 3.1. The API answers on the Unix socket /run/teamchatd/api.sock, which root alone can open; --json of a command prints the same answers.',
  ],
  examples: [
    { run: 'teamchat openapi > teamchatd.json', text: 'Keep the description for a tool that makes clients.' },
    {
      run: 'curl --unix-socket /run/teamchatd/api.sock http://localhost/v1/status',
      text: 'Ask the API by hand, as root.',
    },
  ],
  noJson: 'it prints JSON already',
  async run({ io, version }) {
    await write(io.stdout, `${JSON.stringify(openApiDocument(version), undefined, 2)}\n`)
    return exitStatus.done
  },
})
