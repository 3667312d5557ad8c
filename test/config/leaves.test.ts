import t from 'tap'
import { leafRules, leafVariable } from '../../src/config/leaves.js'
import { readOutputs } from '../../src/config/outputs/outputs.js'
import { templateVariables } from '../../src/config/template-variables.js'
import { leavesOf, renderJson } from '../../src/config/templates/render.js'
import { createPaths } from '../../src/paths.js'
import { sampleSettings } from '../support/settings-site.js'

t.test('the table and the templates name the same leaves, with the same types', async t => {
  const { outputs } = await readOutputs(createPaths({ root: t.testdir(), env: {} }))
  const output = outputs.get('config.json')
  if (output === undefined) throw new Error('there is no output config.json')
  const variables = templateVariables(sampleSettings(), {
    root: '',
    isEsmith: false,
    dataSource: undefined,
    password: 'x',
    certificate: undefined,
    apacheVersion: undefined,
  })
  const rendered = leavesOf(renderJson(output, { ...variables }))
  t.same(rendered.map(leaf => leaf.path.join('.')).sort(), leafRules.map(rule => rule.name).sort())
  for (const { path, value } of rendered) {
    const rule = leafRules.find(one => one.name === path.join('.'))
    t.equal(typeof value, typeof rule?.shipped[0], path.join('.'))
  }
})

t.test('a leaf as the unit names it', async t => {
  t.equal(leafVariable('ServiceSettings.SiteURL'), 'MM_SERVICESETTINGS_SITEURL')
})
