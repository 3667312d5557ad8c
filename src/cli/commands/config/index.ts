import type { Verb } from '../../config/verb.js'

interface VerbEntry {
  summary: string
  load: () => Promise<{ verb: Verb }>
}

/**
 * The verbs of `config` and, but for describe, of `db`, in the order of the help. Loading one loads no other: scripts call
 * `config getprop` in loops.
 */
export const verbs: ReadonlyMap<string, VerbEntry> = new Map<string, VerbEntry>([
  ['keys', { summary: 'lists the keys', load: () => import('./keys.js') }],
  ['print', { summary: 'prints KEY=VALUE, the value as it is stored', load: () => import('./print.js') }],
  ['show', { summary: 'prints type and properties, one a line', load: () => import('./show.js') }],
  ['get', { summary: 'prints the value as it is stored', load: () => import('./get.js') }],
  ['gettype', { summary: 'prints the type', load: () => import('./gettype.js') }],
  ['printtype', { summary: 'prints KEY=TYPE', load: () => import('./printtype.js') }],
  ['getprop', { summary: 'prints the value of a property', load: () => import('./getprop.js') }],
  [
    'printprop',
    { summary: 'prints PROPERTY=VALUE, all or those named', load: () => import('./printprop.js') },
  ],
  ['printjson', { summary: 'prints JSON on one line', load: () => import('./printjson.js') }],
  ['getjson', { summary: 'prints the same as printjson', load: () => import('./getjson.js') }],
  ['showjson', { summary: 'prints JSON for people', load: () => import('./showjson.js') }],
  ['set', { summary: 'replaces or creates the record', load: () => import('./set.js') }],
  ['setdefault', { summary: 'creates the record unless it exists', load: () => import('./setdefault.js') }],
  ['settype', { summary: 'changes the type, keeps the properties', load: () => import('./settype.js') }],
  ['setprop', { summary: 'sets properties of an existing record', load: () => import('./setprop.js') }],
  ['delprop', { summary: 'removes properties', load: () => import('./delprop.js') }],
  ['setjson', { summary: 'replaces or creates one record or several', load: () => import('./setjson.js') }],
  [
    'loaddefaults',
    { summary: 'sets defaults and forced values of FOLDER', load: () => import('./loaddefaults.js') },
  ],
  ['delete', { summary: 'removes the record', load: () => import('./delete.js') }],
  [
    'describe',
    { summary: 'describes the properties that teamchatd knows', load: () => import('./describe.js') },
  ],
])
