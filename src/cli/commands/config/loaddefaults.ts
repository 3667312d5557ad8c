import { planDefaults } from '../../config/load-defaults.js'
import { defineWrite, ESCAPE, SILENT } from '../../config/planned-step.js'

export const verb = defineWrite({
  name: 'config loaddefaults',
  summary: 'sets defaults and forced values of FOLDER',
  description: [
    'A file FOLDER/defaults/KEY/PROPERTY holds the value for a property that is not defined, FOLDER/force/KEY/PROPERTY one that always counts.',
  ],
  options: ESCAPE,
  operands: { folder: { shown: 'FOLDER', complete: 'folder' } },
  examples: [
    { run: 'teamchat config loaddefaults /etc/e-smith/db/configuration', text: 'Load those of the host.' },
  ],
  noJson: SILENT,
  plan: ({ folder }, options) =>
    planDefaults(Buffer.from(folder, 'latin1').toString('utf8'), options.paths, options),
})
