import { invalidBody } from './errors.js'
import { isObject } from './json.js'

/** A JSON object from a request, read member by member with the type that the server's decoder wants. */
export class Body {
  private constructor(
    private readonly name: string,
    private readonly members: Record<string, unknown>,
  ) {}

  /** Throws ApiError 400 unless `value` is an object. `name` says what the body is. */
  static of(value: unknown, name: string): Body {
    if (!isObject(value)) throw invalidBody(name)
    return new Body(name, value)
  }

  /** A string, or undefined where it is missing or null. Throws ApiError 400 on another type. */
  text(key: string): string | undefined {
    const value = this.members[key]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw invalidBody(this.name)
    return value
  }

  /** A boolean, or undefined where it is missing or null. Throws ApiError 400 on another type. */
  flag(key: string): boolean | undefined {
    const value = this.members[key]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'boolean') throw invalidBody(this.name)
    return value
  }

  /** A map of strings, or undefined where it is missing or null. Throws ApiError 400 on another type. */
  map(key: string): Record<string, string> | undefined {
    const value = this.members[key]
    if (value === undefined || value === null) return undefined
    if (!isObject(value)) throw invalidBody(this.name)
    for (const item of Object.values(value)) if (typeof item !== 'string') throw invalidBody(this.name)
    return value as Record<string, string>
  }
}
