import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Channel, ChannelMember } from './channels.js'
import type { Team, TeamMember } from './teams.js'
import type { Session, User } from './users.js'

/** What the stand-in remembers, in the place of PostgreSQL's tables. Keys are ids, or two ids with a blank. */
export interface Tables {
  users: User
  bots: {
    user_id: string
    owner_id: string
    display_name: string
    create_at: number
    update_at: number
    delete_at: number
  }
  sessions: Session
  /** Only of people who were online once, or were deactivated. */
  statuses: { user_id: string; last_activity_at: number }
  teams: Team
  teamMembers: TeamMember
  channels: Channel
  channelMembers: ChannelMember
  system: { value: string }
}

type TableName = keyof Tables
const NAMES: readonly TableName[] = [
  'users',
  'bots',
  'sessions',
  'statuses',
  'teams',
  'teamMembers',
  'channels',
  'channelMembers',
  'system',
]

/**
 * The tables, and the journal that keeps them over a restart or a kill -9: one line a change, `[table, key,
 * row]`, with null for a row that went. A last line that was cut off is passed over. `open` rewrites the
 * journal to one line a row, under another name and then renamed.
 */
export class State {
  private readonly rows: { [Name in TableName]: Map<string, Tables[Name]> } = {
    users: new Map(),
    bots: new Map(),
    sessions: new Map(),
    statuses: new Map(),
    teams: new Map(),
    teamMembers: new Map(),
    channels: new Map(),
    channelMembers: new Map(),
    system: new Map(),
  }
  private file: number | undefined

  constructor(private readonly path: string) {}

  /** Reads the journal, if there is one, and opens it for writing. */
  open(): void {
    mkdirSync(dirname(this.path), { recursive: true })
    if (existsSync(this.path))
      for (const line of readFileSync(this.path, 'utf8').split('\n')) this.replay(line)
    const lines = NAMES.flatMap(name => [...this.rows[name]].map(([key, row]) => entry(name, key, row)))
    writeFileSync(`${this.path}.new`, lines.join(''), { mode: 0o600 })
    renameSync(`${this.path}.new`, this.path)
    this.file = openSync(this.path, 'a', 0o600)
  }

  /** Writes the journal through to the disk and closes it. */
  close(): void {
    if (this.file === undefined) return
    fsyncSync(this.file)
    closeSync(this.file)
    this.file = undefined
  }

  get<Name extends TableName>(table: Name, key: string): Tables[Name] | undefined {
    return this.rows[table].get(key)
  }

  all<Name extends TableName>(table: Name): Tables[Name][] {
    return [...this.rows[table].values()]
  }

  /** Keeps a row, before the answer that tells of it goes out. */
  put<Name extends TableName>(table: Name, key: string, row: Tables[Name]): void {
    this.rows[table].set(key, row)
    this.append(entry(table, key, row))
  }

  remove(table: TableName, key: string): void {
    if (this.rows[table].delete(key)) this.append(entry(table, key, null))
  }

  private append(line: string): void {
    if (this.file !== undefined) writeSync(this.file, line)
  }

  private replay(line: string): void {
    const change = parseEntry(line)
    if (!change) return
    const [table, key, row] = change
    const rows = this.rows[table] as Map<string, unknown>
    if (row === null) rows.delete(key)
    else rows.set(key, row)
  }
}

function entry(table: TableName, key: string, row: unknown): string {
  return `${JSON.stringify([table, key, row])}\n`
}

function parseEntry(line: string): [TableName, string, unknown] | undefined {
  if (!line.endsWith(']')) return undefined
  try {
    return JSON.parse(line) as [TableName, string, unknown]
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
