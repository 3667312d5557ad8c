import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../paths.js'
import type { Check } from './check.js'
import { fail, pass, type Said } from './finding.js'

/** Node is one that this package is made for. */
export const nodeCheck: Check = {
  name: 'node',
  look: async () => judgeNode(process.versions.node, await wantedNode()),
}

/** `wanted`: `>=20.19`, as package.json has it. */
export function judgeNode(version: string, wanted: string): Said[] {
  const least = numbers(wanted)
  const has = numbers(version)
  const older =
    least.map((number, index) => Math.sign((has[index] ?? 0) - number)).find(sign => sign !== 0) === -1
  return older
    ? [
        fail(
          process.execPath,
          `Node ${version}, and ${wanted.replace('>=', '')} or newer is needed`,
          'install Node 20 or 22 (NodeSource, or a module of the distribution), then: systemctl restart teamchatd',
        ),
      ]
    : [pass(process.execPath, `Node ${version}`)]
}

async function wantedNode(): Promise<string> {
  const text = await readFile(join(projectRoot(), 'package.json'), 'utf8')
  return (JSON.parse(text) as { engines?: { node?: string } }).engines?.node ?? ''
}

function numbers(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number)
}
