import { TeamchatError } from '../../src/errors.js'

/** The TeamchatError that the promise ends with. Throws any other error, and where none comes. */
export async function errorOf(promise: Promise<unknown>): Promise<TeamchatError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof TeamchatError) return error
    throw error
  }
  throw new Error('no error came')
}
