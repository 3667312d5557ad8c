import { readFileSync } from 'node:fs'

/**
 * Troubles that a test asks for. They come from the command line or the environment, and at run time from
 * `stand-in-faults.json` in the home folder, which is read again at each request and whose members count more.
 */
export interface Faults {
  /** Neither the port nor the socket accepts a connection. */
  down?: boolean
  /** Milliseconds before each answer. */
  slowMs?: number
  /** Regular expression on `METHOD /api/v4/path`: answered with 500, nothing is done. */
  error500?: string
  /** As `error500`, with another status and a page that is none of the API's: what something in between says. */
  page?: { on: string; status: number; text: string }
  /** Regular expression on `METHOD /api/v4/path`: done, but the connection is cut in the middle of the answer. */
  cut?: string
  /** The socket answers as after a loss of `EnableLocalMode` in the running configuration. */
  localModeOff?: boolean
  /** CPU time of one creation in milliseconds (11.2 on two cores: 115). */
  creationCpuMs?: number
  /** Creations and joins cost the CPU that they cost the real release; for measurements. */
  realCost?: boolean
  /** The database does not answer: before listening, the server waits for ever, without a word on stdout; later its ping says so. */
  databaseDown?: boolean
  /** The only DataSource that the database accepts; with another one the server waits as above. */
  requireDataSource?: string
}

/** Reads what is wanted now. A control file that does not parse, because it is being written, changes nothing. */
export class FaultSwitches {
  private last: Faults = {}

  constructor(
    private readonly file: string,
    private readonly initial: Faults,
  ) {}

  now(): Faults {
    this.last = readFaults(this.file) ?? this.last
    return { ...this.initial, ...this.last }
  }
}

function readFaults(file: string): Faults | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Faults
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
