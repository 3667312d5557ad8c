// Writes the generated part of the documentation. Run it after a build: npm run docs
import { mkdirSync, writeFileSync } from 'node:fs'
import { allCommands } from '../dist/src/cli/all-commands.js'
import { commandsReference } from '../dist/src/cli/commands-reference.js'
import { completionScript } from '../dist/src/cli/completion/script.js'
import { SHELLS, scriptFiles } from '../dist/src/cli/completion/shells.js'
import { manualPages } from '../dist/src/cli/manual.js'
import { settingsReference } from '../dist/src/cli/settings-reference.js'

const texts = await allCommands()
const put = (path, text) => writeFileSync(new URL(path, import.meta.url), text)
for (const folder of ['./man/', './completion/'])
  mkdirSync(new URL(folder, import.meta.url), { recursive: true })
for (const page of manualPages(texts)) put(`./man/${page.file}`, page.text)
for (const shell of SHELLS) put(`./completion/${scriptFiles[shell]}`, completionScript(shell, texts))
put('./reference/commands.md', commandsReference(texts))
put('./reference/settings.md', settingsReference())
