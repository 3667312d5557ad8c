// Writes what is generated of the documentation: the manual pages. Run it after a build: npm run docs
import { mkdirSync, writeFileSync } from 'node:fs'
import { manualPages } from '../dist/src/cli/manual.js'

const folder = new URL('./man/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const page of manualPages()) writeFileSync(new URL(page.file, folder), page.text)
