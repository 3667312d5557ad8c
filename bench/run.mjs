// `npm run bench`: medians and ratios against a peer or a limit of the same run, one row each.
import { readdirSync } from 'node:fs'
import { prepare, root } from '../test/prepare.mjs'

process.chdir(root)
prepare()
const wanted = process.argv.slice(2)
const files = readdirSync('bench').filter(name => name.endsWith('.ts') && name !== 'row.ts')
for (const file of files.sort()) {
  const name = file.replace(/\.ts$/, '')
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { bench } = await import(`${root}dist/bench/${name}.js`)
  console.log(`\n${bench.name}`)
  for (const row of await bench.run()) console.log(`  ${textOf(row)}`)
}

function textOf({ name, value, unit, peer, ratio, limit }) {
  const parts = [`${name}: ${round(value)} ${unit}`]
  if (peer) parts.push(`${peer.name}: ${round(peer.value)} ${unit}`)
  if (ratio !== undefined) parts.push(`ratio ${round(ratio)}`)
  if (limit !== undefined) parts.push(`limit ${limit}`)
  return parts.join('; ')
}

function round(value) {
  return Number(value.toPrecision(3))
}
