import { chmodSync, chownSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { noTemplates, readOutputs } from '../../../src/config/outputs/outputs.js'

const definition = JSON.stringify({ format: 'text', path: '/etc/x', mode: '0644' })

function folders(root: string) {
  return { templatesFolder: `${root}/ours`, siteTemplatesFolder: `${root}/etc/own`, root }
}

t.test('the site’s own fragments replace ours of the same name, or come beside them', async t => {
  const root = t.testdir({
    ours: { out: { 'output.json': definition, '10-a.njk': 'a', '20-b.njk': 'b' } },
    etc: { own: { out: { '20-b.njk': 'B', '15-c.njk': 'C', 'notes.txt': '' }, other: { '10-x.njk': '' } } },
  })
  const { outputs, notes } = await readOutputs(folders(root))
  t.equal(
    outputs
      .get('out')
      ?.fragments.map(fragment => fragment.text)
      .join(''),
    'aCB',
  )
  t.match(notes, [/notes\.txt is not read/, /other belongs to no output/])
})

t.test('without any', async t => {
  const root = t.testdir({ ours: { out: { 'output.json': definition, '10-a.njk': 'a' } } })
  t.same((await readOutputs(folders(root))).notes, [])
})

t.test('what others could write, or a link, is refused', async t => {
  const make = () =>
    t.testdir({
      ours: { out: { 'output.json': definition, '10-a.njk': 'a' } },
      etc: { own: { out: { '20-b.njk': 'B' } } },
      elsewhere: { '20-b.njk': 'evil' },
    })
  const refused = (root: string) => t.rejects(readOutputs(folders(root)), { code: 'files.unsafe' })
  let root = make()
  chmodSync(`${root}/etc/own/out/20-b.njk`, 0o666)
  await refused(root)
  root = make()
  chmodSync(`${root}/etc/own/out`, 0o777)
  await refused(root)
  root = make()
  chmodSync(`${root}/etc/own`, 0o775)
  await refused(root)
  root = make()
  symlinkSync(`${root}/elsewhere/20-b.njk`, `${root}/etc/own/out/30-c.njk`)
  await refused(root)
  for (const linked of ['own', 'own/out']) {
    root = make()
    renameSync(`${root}/etc/${linked}`, `${root}/moved`)
    symlinkSync(`${root}/moved`, `${root}/etc/${linked}`)
    await refused(root)
  }
  if (process.getuid?.() === 0) {
    root = make()
    chownSync(`${root}/etc/own/out/20-b.njk`, 65534, 65534)
    await refused(root)
  } else t.comment('not root: another owner cannot be tried')
})

t.test('a folder of the site with an output.json is an output of its own', async t => {
  const root = t.testdir({
    ours: { out: { 'output.json': definition, '10-a.njk': 'a' } },
    etc: {
      own: {
        out: { 'output.json': definition },
        'jail.conf': { 'output.json': definition, '20-b.njk': 'b', '10-a.njk': 'A' },
      },
    },
  })
  const { outputs, siteOutputs, notes } = await readOutputs(folders(root))
  t.same([...outputs.keys(), ...siteOutputs.keys()], ['out', 'jail.conf'])
  t.same(
    siteOutputs.get('jail.conf')?.fragments.map(fragment => fragment.text),
    ['A', 'b'],
  )
  t.match(notes, [/own\/out\/output\.json is not read: out is the package's own/])
  t.equal(siteOutputs.get('jail.conf')?.packageHash, undefined)
})

t.test('a hash of what the package brings, whatever the site puts in its place', async t => {
  const hashOf = async (ours: Record<string, string>, own: Record<string, string> = {}) => {
    const root = t.testdir({
      ours: { out: { 'output.json': definition, ...ours } },
      etc: { own: { out: own } },
    })
    return (await readOutputs(folders(root))).outputs.get('out')?.packageHash
  }
  const first = await hashOf({ '10-a.njk': 'a' })
  t.equal(await hashOf({ '10-a.njk': 'a' }, { '10-a.njk': 'own' }), first)
  t.not(await hashOf({ '10-a.njk': 'b' }), first)
  t.not(await hashOf({ '11-a.njk': 'a' }), first)
  t.not(await hashOf({ '10-a.njk': 'a', '20-b.njk': '' }), first)
})

t.test('an output of the site that cannot be used', async t => {
  const cases: [Record<string, string>, RegExp, string][] = [
    [{ 'output.json': '{', '10-a.njk': '' }, /jail\/output\.json: line 1/, 'template.invalid'],
    [{ 'output.json': definition }, /no fragment like/, 'template.invalid'],
  ]
  for (const [folder, says, code] of cases) {
    const root = t.testdir({
      ours: { out: { 'output.json': definition, '10-a.njk': 'a' } },
      etc: { own: { jail: folder } },
    })
    await t.rejects(readOutputs(folders(root)), { code, message: says })
  }
  const root = t.testdir({
    ours: { out: { 'output.json': definition, '10-a.njk': 'a' } },
    etc: { own: { jail: { 'output.json': definition, '10-a.njk': 'a' } } },
  })
  chmodSync(`${root}/etc/own/jail/output.json`, 0o666)
  await t.rejects(readOutputs(folders(root)), { code: 'files.unsafe' })
})

t.test('output.json: unknown members are refused', async t => {
  const root = t.testdir({
    ours: { out: { 'output.json': definition.replace('"mode"', '"more":1,"mode"') } },
  })
  await t.rejects(readOutputs(folders(root)), { code: 'template.invalid', message: /output\.json/ })
})

t.test(
  'a fragment or definition that is as it was is the very same value; another text is another one',
  async t => {
    const root = t.testdir({
      ours: { out: { 'output.json': definition, '10-a.njk': 'a\n', '20-b.njk': 'b\n' } },
    })
    const known = noTemplates()
    const readOutput = async () => (await readOutputs(folders(root), known)).outputs.get('out')
    const read = async () => (await readOutput())?.fragments ?? []
    const before = await read()
    writeFileSync(`${root}/ours/out/20-b.njk`, 'c\n')
    const after = await read()
    t.equal(after[0], before[0])
    t.not(after[1], before[1])
    t.equal(after[1]?.text, 'c\n')
    const { definition: first } = (await readOutput()) ?? {}
    t.equal((await readOutput())?.definition, first)
    writeFileSync(`${root}/ours/out/output.json`, definition.replace('0644', '0600'))
    t.match(await readOutput(), { definition: { mode: /600/ } })
  },
)
