import type { Verb } from '../../config/verb.js'

type Entry = [verb: string, summary: string, load: () => Promise<{ verb: Verb }>]

// Loading one loads no other: scripts call `config getprop` in queues. A test compares the summaries with the files.
const entries: Entry[] = [
  ['keys', 'lists the keys', () => import('./keys.js')],
  ['print', 'prints KEY=VALUE, the value as it is stored', () => import('./print.js')],
  ['show', 'prints type and properties, one a line', () => import('./show.js')],
  ['get', 'prints the value as it is stored', () => import('./get.js')],
  ['gettype', 'prints the type', () => import('./gettype.js')],
  ['printtype', 'prints KEY=TYPE', () => import('./printtype.js')],
  ['getprop', 'prints the value of a property', () => import('./getprop.js')],
  ['printprop', 'prints PROPERTY=VALUE, all or those named', () => import('./printprop.js')],
  ['printjson', 'prints JSON on one line', () => import('./printjson.js')],
  ['getjson', 'prints the same as printjson', () => import('./getjson.js')],
  ['showjson', 'prints JSON for people', () => import('./showjson.js')],
  ['set', 'replaces or creates the record', () => import('./set.js')],
  ['setdefault', 'creates the record unless it exists', () => import('./setdefault.js')],
  ['settype', 'changes the type, keeps the properties', () => import('./settype.js')],
  ['setprop', 'sets properties of an existing record', () => import('./setprop.js')],
  ['delprop', 'removes properties', () => import('./delprop.js')],
  ['setjson', 'replaces or creates one record or several', () => import('./setjson.js')],
  ['loaddefaults', 'sets defaults and forced values of FOLDER', () => import('./loaddefaults.js')],
  ['delete', 'removes the record', () => import('./delete.js')],
  ['describe', 'describes the properties that teamchatd knows', () => import('./describe.js')],
]

/** The commands of `config` and, but for describe, of `db`, in the order of the help: verbs, for short. */
export const verbs = new Map(entries.map(([verb, summary, load]) => [verb, { summary, load }]))
