import { z } from 'zod'
import { reasonOf, TeamchatError } from '../../errors.js'
import { parseJson } from '../json/json.js'
import { schemaWords } from './schema-words.js'

const serviceSchema = z.strictObject({
  /** A unit, or `mattermost` and `apache` for those of the settings and of the platform. */
  unit: z
    .string()
    .regex(
      /^(mattermost|apache|[A-Za-z0-9][A-Za-z0-9@:._-]*\.(service|socket|timer))$/,
      'wants a unit like fail2ban.service',
    ),
  /** leaf: what the leaf that changes needs (config.json alone). */
  action: z.enum(['reload', 'restart', 'leaf']),
})

const nameSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'wants the name of a user or group')

/** `output.json`: what a folder of templates renders. */
const outputSchema = z.strictObject({
  /** json: fragments are objects, merged in name order. text: they are put together. */
  format: z.enum(['json', 'text']),
  /** Absolute, not yet below --root; one for both platforms or one for each. `{Home}` is Mattermost's folder. */
  path: z.union([z.string(), z.strictObject({ debian: z.string(), rhel: z.string() })]),
  /** Of a new file: `root`, `folder` (whom its folder belongs), or a user. An existing file keeps its own. */
  owner: z.union([z.enum(['root', 'folder']), nameSchema]).default('root'),
  /** Of a new file; without it the owner's own, or the folder's. */
  group: nameSchema.optional(),
  /** Of a new file, octal. */
  mode: z.string().regex(/^0[0-7]{3}$/, 'wants an octal mode like 0644'),
  /** Which test the candidate must pass before it is put in place. */
  check: z
    .union([
      z.enum(['none', 'json', 'apache']),
      z.strictObject({
        /** Absolute path and arguments; `{file}` is the candidate's path. */
        program: z
          .array(z.string())
          .min(1)
          .refine(words => words[0]?.startsWith('/'), 'wants an absolute path'),
      }),
    ])
    .default('none'),
  /** Whom a change concerns. */
  services: z.array(serviceSchema).default([]),
  /** Properties (`RECORD.PROPERTY`) and the value or values that they must have; else nothing is rendered. */
  when: z
    .record(
      z.string().regex(/^[^.\s]+\.[^.\s]+$/, 'wants RECORD.PROPERTY'),
      z.union([z.string(), z.array(z.string()).min(1)]),
    )
    .optional(),
  description: z.string().default(''),
})

/** An output of the site stands for itself: what leans on the package's own knowledge is not for it. */
const siteOutputSchema = outputSchema.superRefine((output, issues) => {
  const problem = (path: (string | number)[], message: string) =>
    issues.addIssue({ code: 'custom', path, message })
  if (output.check === 'apache') problem(['check'], "Apache's test is for mattermost.conf alone")
  for (const [index, service] of output.services.entries()) {
    const place = ['services', index, 'action']
    if (service.action === 'leaf') problem(place, 'is for config.json alone')
    if (isApache(service.unit) && service.action !== 'reload') problem(place, 'Apache is only ever reloaded')
    if (service.unit === 'mattermost' && service.action !== 'restart') {
      problem(place, 'Mattermost reloads nothing but config.json')
    }
  }
})

export type OutputDefinition = z.infer<typeof outputSchema>

/** Reads the text of an `output.json`. Throws `template.invalid` with file and place; unknown members are refused. */
export function parseDefinition(path: string, text: string, whose: 'package' | 'site'): OutputDefinition {
  const hint =
    whose === 'package' ? 'put the file of the package back' : `nothing was changed; correct ${path}`
  try {
    const value = parseJson(text)
    const parsed = (whose === 'site' ? siteOutputSchema : outputSchema).safeParse(value)
    if (parsed.success) return parsed.data
    throw new Error(schemaWords(parsed.error, value))
  } catch (cause) {
    throw new TeamchatError('template.invalid', `cannot read ${path}: ${reasonOf(cause)}`, { hint, cause })
  }
}

/** The path on one platform. */
export function pathOn(definition: Pick<OutputDefinition, 'path'>, platform: 'debian' | 'rhel'): string {
  return typeof definition.path === 'string' ? definition.path : definition.path[platform]
}

function isApache(unit: string): boolean {
  return ['apache', 'apache2.service', 'httpd.service'].includes(unit)
}
