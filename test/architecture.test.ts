import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t from 'tap'
import { projectRoot } from '../src/paths.js'

const source = join(projectRoot(), 'src')

/** Rooms from the top down; a room may import what stands in a later line, and itself. */
const floors: string[][] = [
  ['bin'],
  ['main'],
  ['daemon'],
  ['cli', 'http', 'schedule'],
  ['stories'],
  ['api'],
  ['apply', 'sync', 'desired', 'events'],
  ['services', 'db', 'directory', 'mattermost'],
  ['system'],
  ['errors', 'paths'],
]
/** Siblings share types only; these share values, each for its reason. */
const allowedSiblings = new Map([
  // The merge and the plan speak of the leaves that desired lists.
  ['apply → desired', 'the leaf table is the one place that knows class and effect of a leaf'],
])
/** Who may load which library; a library that is not listed is anybody's. */
const libraries: Record<string, string[]> = {
  chokidar: ['system'],
  nunjucks: ['apply'],
  ldapts: ['directory'],
  'node-cron': ['schedule'],
  fastify: ['http'],
  koffi: ['system'],
  pino: ['system'],
}
/** Files without clock, files, log and randomness. */
const pure = [
  /^db\/content/,
  /^db\/codec/,
  /^db\/schema/,
  /^desired\//,
  /^apply\/health-compare/,
  /^apply\/plan/,
  /^apply\/merge/,
  /^sync\/(link-steps|relink|release)/,
  /^sync\/plan/,
  /^directory\/change-mark/,
  /^stories\/people-follow-step/,
]
const impureImports = /^node:(?!path|buffer|url|util)/
const impureWords = /\b(Date\.now|new Date\(\)|Math\.random|process\.|setTimeout|setInterval|console\.)/

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
    if (to < from) t.ok(room === 'cli' && found.typeOnly, `${said}: upwards`)
    else if (to === from) {
      t.ok(
        found.typeOnly ||
          room === 'errors' ||
          target === 'errors' ||
          allowedSiblings.has(`${room} → ${target}`),
        `${said}: a value from a sibling`,
      )
    }
  }
  t.ok(seen > 50, `${seen} imports between rooms were read`)
})

t.test('each library appears in its room only', async t => {
  for (const found of files.flatMap(importsOf)) {
    const rooms = libraries[found.specifier]
    if (rooms !== undefined)
      t.ok(rooms.includes(roomOf(found.from)), `${found.from} imports ${found.specifier}`)
  }
})

t.test('the pure rooms stay pure', async t => {
  const pureFiles = files.filter(file => pure.some(pattern => pattern.test(file)))
  t.ok(pureFiles.length >= 6, `${pureFiles.length} pure files were found`)
  for (const file of pureFiles) {
    for (const found of importsOf(file)) {
      t.notOk(impureImports.test(found.specifier), `${file} imports ${found.specifier}`)
    }
    const code = readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    t.notMatch(code, impureWords, `${file} uses neither clock nor process`)
  }
})

t.test('src imports nothing of the tests', async t => {
  for (const found of files.flatMap(importsOf)) t.notMatch(found.specifier, /\/(test|bench)\//, found.from)
})
