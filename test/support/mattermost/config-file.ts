import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { brokenRule } from './config-rules.js'
import { knownSettings, mergeSettings, WrongType, withDefaults } from './config-shape.js'
import type { Config } from './defaults.js'
import { ApiError } from './errors.js'
import {
  encodeJson,
  isObject,
  type Json,
  type JsonObject,
  JsonSyntaxError,
  parseJson,
  positionWords,
} from './json.js'

/** A config.json that the server does not start with; the message is what the real one says. */
export class InvalidConfig extends Error {}

/** The environment of the process, as far as it overrides settings. */
export type Environment = Record<string, string | undefined>

/**
 * config.json and the settings in force. The file is the truth at start and at a reload; each of these, and
 * each change over the API, writes the whole of it again in place. `MM_SECTION_KEY` from the environment is in
 * force but never written.
 */
export class ConfigFile {
  /** What the file holds, complete. */
  private stored: Config = withDefaults({})
  /** What is in force: the file, below the environment. */
  running: Config = this.stored

  constructor(
    readonly path: string,
    private readonly environment: Environment = process.env,
  ) {}

  /** Reads, checks and rewrites the file; makes one of defaults where there is none. Throws InvalidConfig. */
  load(): void {
    const text = existsSync(this.path) ? readFileSync(this.path, 'utf8') : ''
    const stored = finished(withDefaults(text === '' ? {} : decode(text)))
    const running = finished(this.overridden(stored))
    const rule = brokenRule(running)
    if (rule !== undefined) throw new InvalidConfig(`invalid config: Config.IsValid: ${rule}, `)
    this.stored = stored
    this.running = running
    this.write()
  }

  /** Puts `patch` over the settings in force and saves them. Throws ApiError 400 and changes nothing then. */
  patch(patch: unknown): Config {
    return this.save(mergeSettings(this.running, settingsOf(patch)))
  }

  /** Replaces all settings: what is not said falls back to its default. Throws ApiError 400. */
  replace(document: unknown): Config {
    return this.save(withDefaults(settingsOf(document)))
  }

  private save(config: Config): Config {
    const complete = finished(config)
    const running = finished(this.overridden(complete))
    const rule = brokenRule(running)
    if (rule !== undefined) throw new ApiError(400, rule)
    this.stored = this.withoutEnvironment(complete)
    this.running = running
    this.write()
    return running
  }

  /** In place, as the real one does: the mode of an existing file stays, and a reader may see half of it. */
  private write(): void {
    writeFileSync(this.path, encodeJson(this.stored), { mode: 0o600 })
  }

  private overridden(config: Config): Config {
    return mergeSettings(config, overrides(config, this.environment))
  }

  private withoutEnvironment(config: Config): Config {
    const back: JsonObject = {}
    const before = this.stored as unknown as JsonObject
    for (const [section, members] of Object.entries(overrides(config, this.environment))) {
      if (!isObject(members)) continue
      const old = before[section]
      back[section] = Object.fromEntries(
        Object.keys(members).map(key => [key, isObject(old) ? (old[key] ?? null) : null]),
      )
    }
    return mergeSettings(config, back)
  }
}

function decode(text: string): JsonObject {
  try {
    const { value, ends } = parseJson(text)
    try {
      return knownSettings(value)
    } catch (error) {
      if (!(error instanceof WrongType)) throw error
      throw new InvalidConfig(`${positionWords(text, ends.get(error.path) ?? text.length)}: ${error.message}`)
    }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new InvalidConfig(`${positionWords(text, error.offset)}: ${error.message}`)
  }
}

function settingsOf(body: unknown): JsonObject {
  if (!isObject(body)) throw new ApiError(400, 'api.context.invalid_body_param.app_error')
  try {
    return knownSettings(body)
  } catch (error) {
    if (error instanceof WrongType)
      throw new ApiError(400, 'api.context.invalid_body_param.app_error', error.message)
    throw error
  }
}

/** What the server adds or mends by itself before it checks and saves. */
function finished(config: Config): Config {
  const { SqlSettings: sql, FileSettings: files, ServiceSettings: service } = config
  const slash = (folder: string) => (folder === '' || folder.endsWith('/') ? folder : `${folder}/`)
  return {
    ...config,
    ServiceSettings: { ...service, SiteURL: service.SiteURL.replace(/\/+$/, '') },
    SqlSettings: { ...sql, AtRestEncryptKey: sql.AtRestEncryptKey || randomKey() },
    FileSettings: {
      ...files,
      Directory: slash(files.Directory),
      ExportDirectory: slash(files.ExportDirectory),
      PublicLinkSalt: files.PublicLinkSalt || randomKey(),
    },
  }
}

function randomKey(): string {
  return randomBytes(32).toString('hex').slice(0, 32)
}

function overrides(config: Config, environment: Environment): JsonObject {
  const result: JsonObject = {}
  for (const [section, members] of Object.entries(config as unknown as JsonObject)) {
    if (!isObject(members)) continue
    for (const [key, model] of Object.entries(members)) {
      const text = environment[`MM_${section}_${key}`.toUpperCase()]
      const value = text === undefined ? undefined : fromText(text, model)
      if (value === undefined) continue
      const known = result[section]
      result[section] = { ...(isObject(known) ? known : {}), [key]: value }
    }
  }
  return result
}

function fromText(text: string, model: Json): Json | undefined {
  if (typeof model === 'boolean') return ['true', '1', 't', 'TRUE', 'True'].includes(text)
  if (typeof model === 'number') return /^-?\d+$/.test(text) ? Number(text) : undefined
  if (Array.isArray(model)) return text.split(' ').filter(word => word !== '')
  return isObject(model) ? undefined : text
}
