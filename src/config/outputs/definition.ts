import { z } from 'zod'
import { reasonOf, TeamchatError } from '../../errors.js'
import { parseJson } from '../json/json.js'

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

/** The names of the package's outputs, which are their folders' below `templates/`. */
export const CONFIG_OUTPUT = 'config.json'
export const VHOST_OUTPUT = 'mattermost.conf'

/** The fault of a value in a file that somebody has written, place by place, in plain words. */
function schemaWords(error: z.ZodError, value: unknown): string {
  return error.issues.map(issue => issueWords(issue, value, [])).join('; ')
}

type Issue = z.core.$ZodIssue
type Place = readonly PropertyKey[]

function issueWords(issue: Issue, value: unknown, above: Place): string {
  const place = [...above, ...issue.path]
  const at = place.length === 0 ? '' : `${place.map(String).join('.')}: `
  const given = place.reduce<unknown>((inner, name) => (inner as Record<PropertyKey, unknown>)?.[name], value)
  if (issue.code === 'unrecognized_keys') return `${at}there is no member ${named(issue.keys)}`
  if (issue.code === 'invalid_key') return `${at}${issue.issues[0]?.message ?? issue.message}`
  if (given === undefined) return `${at}it is missing`
  if (issue.code === 'invalid_value') return `${at}it must be ${issue.values.map(quoted).join(' or ')}`
  if (issue.code === 'invalid_type') return `${at}it must be ${typeWords(issue.expected)}`
  if (issue.code === 'too_small') return `${at}it is empty`
  if (issue.code !== 'invalid_union') return `${at}${issue.message}`
  // What of the choices comes nearest: of the right type, and wrong further inside.
  const near = issue.errors.find(choice => choice.every(inner => !isWrongType(inner)))
  if (near !== undefined) return near.map(inner => issueWords(inner, value, place)).join('; ')
  const first = issue.errors.flat().map(inner => issueWords(inner, value, place).slice(at.length))
  return `${at}${[...new Set(first)].join(', or ')}`
}

/** Of the value itself, not of something in it. */
function isWrongType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value')
}

function typeWords(expected: string): string {
  if (expected === 'string') return 'a text in quotes'
  if (expected === 'object') return 'an object in braces'
  if (expected === 'array') return 'a list in brackets'
  return expected === 'boolean' ? 'true or false' : `a ${expected}`
}

function named(names: readonly string[]): string {
  return names.map(quoted).join(', ')
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
