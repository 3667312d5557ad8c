import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { projectRoot } from '../src/paths.js'

const source = join(projectRoot(), 'src')

/** Rooms from the top down; a room may import what stands in a later line, and itself. */
const floors: string[][] = [
  ['bin'],
  ['main'],
  ['app'],
  ['cli'],
  ['doctor'],
  ['settings', 'people', 'events'],
  ['api'],
  ['transaction'],
  ['config'],
  ['services', 'configdb', 'directory', 'mattermost'],
  ['system'],
  ['errors', 'paths'],
]
/** The one folder that may load a library; a library that is not listed is anybody's. */
const libraries: Record<string, string> = {
  chokidar: 'system',
  nunjucks: 'config/templates',
  ldapts: 'directory',
  'node-cron': 'app',
  fastify: 'api',
  koffi: 'system/libc',
  pino: 'system',
}
/** Files without clock, files, log and randomness. */
const pure = [
  /^config\/(?!outputs\/outputs\.ts)/,
  /^configdb\/(codec|schema)\//,
  /^people\/plan\//,
  /^people\/follow\/step\./,
  /^settings\/health\/compare\./,
  /^directory\/change-mark\./,
]
/** A folder with more files than this is read no more: it gets folders of its own. */
const MOST_FILES_IN_A_FOLDER = 25
/** Single pure files of other rooms, whose values pure files may use. */
const pureBesides = new Set([
  'errors.ts',
  'configdb/frozen.ts',
  'system/concurrency/backoff.ts',
  'directory/byte-order.ts',
])
const impureImports = /^node:(?!path|buffer|url|util|crypto)/
const impureWords =
  /\b(Date\.now|new Date\(\)|Math\.random|random(Bytes|UUID|Int)|process\.|setTimeout|setInterval|console\.)/

interface Import {
  from: string
  specifier: string
  typeOnly: boolean
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

function roomOf(file: string): string {
  return (file.split('/')[0] ?? '').replace(/\.[jt]s$/, '')
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8')
  const found: Import[] = []
  // `import x from`, `export x from`, and `import(...)`, whose type-only uses (`typeof import`) count as types.
  for (const match of text.matchAll(/^\s*(import|export)\s+(type\s+)?([^'"()]*?from\s+)?'([^']+)'/gms)) {
    const names = match[3] ?? ''
    const allTypes =
      /^\{[^}]*\}\s*from\s*$/s.test(names) &&
      names
        .replace(/^\{|\}.*$/gs, '')
        .split(',')
        .every(name => name.trim() === '' || name.trim().startsWith('type '))
    found.push({ from: file, specifier: match[4] ?? '', typeOnly: match[2] !== undefined || allTypes })
  }
  for (const match of text.matchAll(/(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)(\.[A-Z])?/g)) {
    found.push({
      from: file,
      specifier: match[2] ?? '',
      typeOnly: match[1] !== undefined || match[3] !== undefined,
    })
  }
  return found
}

function targetRoom(found: Import): string | undefined {
  if (!found.specifier.startsWith('.')) return undefined
  return roomOf(relative(source, join(source, found.from, '..', found.specifier)))
}

/** The files of `src` that a file imports, types included. */
function targetsOf(file: string): string[] {
  return importsOf(file)
    .filter(found => found.specifier.startsWith('.'))
    .map(found => relative(source, join(source, dirname(file), found.specifier)).replace(/\.js$/, '.ts'))
}

/** Groups of nodes that reach each other, each sorted (Tarjan's strongly connected components). */
function circlesOf(edges: ReadonlyMap<string, string[]>): string[][] {
  const index = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (node: string): number => {
    const own = index.size
    index.set(node, own)
    let low = own
    stack.push(node)
    for (const next of edges.get(node) ?? []) {
      if (!index.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, index.get(next) ?? own)
    }
    if (low === own) {
      const members = stack.splice(stack.indexOf(node))
      if (members.length > 1) circles.push(members.sort())
    }
    return low
  }
  for (const node of edges.keys()) if (!index.has(node)) visit(node)
  return circles
}

function floorOf(room: string): number {
  return floors.findIndex(floor => floor.includes(room))
}

t.test('every file stands in a room of the plan', async t => {
  t.ok(files.length > 30, 'the source was found')
  for (const file of files) t.not(floorOf(roomOf(file)), -1, `${file} stands in a room`)
})

t.test('arrows run down only; siblings share types only', async t => {
  let seen = 0
  for (const found of files.flatMap(importsOf)) {
    const room = roomOf(found.from)
    const target = targetRoom(found)
    if (target === undefined || target === room) continue
    seen += 1
    const [from, to] = [floorOf(room), floorOf(target)]
    const said = `${found.from} imports ${found.specifier}`
    t.ok(to >= from, `${said}: upwards`)
    if (to === from) t.ok(found.typeOnly, `${said}: a value from a sibling`)
  }
  t.ok(seen > 50, `${seen} imports between rooms were read`)
})

t.test('no files import each other in a circle, not even types', async t => {
  const circles = circlesOf(new Map(files.map(file => [file, targetsOf(file)])))
  t.same(circles, [], 'each of these lists is one circle')
})

t.test('a circle of files is found', async t => {
  const imports = new Map([
    ['a', ['b', 'd']],
    ['b', ['c']],
    ['c', ['a']],
    ['d', []],
  ])
  t.same(circlesOf(imports), [['a', 'b', 'c']])
})

t.test('each library appears in its folder only', async t => {
  for (const found of files.flatMap(importsOf)) {
    const folder = libraries[found.specifier]
    if (folder !== undefined)
      t.ok(
        found.from.startsWith(`${folder}/`) || found.from === `${folder}.ts`,
        `${found.from} imports ${found.specifier}`,
      )
  }
})

t.test('no folder holds more files than a reader can look through', async t => {
  const folders = new Map<string, string[]>()
  for (const file of files) folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), file])
  for (const [folder, held] of folders) {
    t.ok(held.length <= MOST_FILES_IN_A_FOLDER, `${folder} holds ${held.length} files`)
  }
})

t.test('no function takes more than four parameters', async t => {
  let functions = 0
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8')
    const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
    const look = (node: ts.Node): void => {
      if (ts.isFunctionLike(node)) {
        functions += 1
        const name = node.name?.getText() ?? 'a function without a name'
        // The C library has its own opinion.
        const most = file === 'system/libc.ts' ? 5 : 4
        t.ok(node.parameters.length <= most, `${file}: ${name} takes ${node.parameters.length} parameters`)
      }
      ts.forEachChild(node, look)
    }
    look(parsed)
  }
  t.ok(functions > 1000, `${functions} functions were found`)
})

t.test('the pure rooms stay pure', async t => {
  const isPure = (file: string) => pure.some(pattern => pattern.test(file)) || pureBesides.has(file)
  const pureFiles = files.filter(isPure)
  t.ok(pureFiles.length >= 50, `${pureFiles.length} pure files were found`)
  for (const file of pureFiles) {
    for (const found of importsOf(file)) {
      t.notOk(impureImports.test(found.specifier), `${file} imports ${found.specifier}`)
    }
    for (const found of importsOf(file).filter(one => one.specifier.startsWith('.') && !one.typeOnly)) {
      const target = relative(source, join(source, dirname(file), found.specifier)).replace(/\.js$/, '.ts')
      t.ok(isPure(target), `${file} imports values of ${found.specifier}, which is not pure`)
    }
    const code = readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    t.notMatch(code, impureWords, `${file} uses neither clock nor process`)
  }
})

t.test('src imports nothing of the tests', async t => {
  for (const found of files.flatMap(importsOf)) t.notMatch(found.specifier, /\/(test|bench)\//, found.from)
})
