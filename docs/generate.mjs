// Writes what is generated of the documentation: manual pages and the settings. Run it after a build: npm run docs
import { mkdirSync, writeFileSync } from 'node:fs'
import { manualPages } from '../dist/src/cli/manual.js'
import { settingsReference } from '../dist/src/cli/settings-reference.js'

const folder = new URL('./man/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const page of manualPages()) writeFileSync(new URL(page.file, folder), page.text)
writeFileSync(new URL('./reference/settings.md', import.meta.url), settingsReference())
