/** What a DataSource is built from. */
export interface DatabaseSettings {
  databaseHost: string
  databasePort: number
  databaseName: string
  databaseUser: string
}

/** PostgreSQL's address as Mattermost takes it; user, password and name are URL-encoded. */
export function dataSourceOf(settings: DatabaseSettings, password: string): string {
  const { databaseHost: host, databasePort: port } = settings
  const shownHost = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const login = `${encode(settings.databaseUser)}:${encode(password)}`
  const name = encode(settings.databaseName)
  return `postgres://${login}@${shownHost}:${port}/${name}?sslmode=disable&connect_timeout=10`
}

/**
 * The properties that stand in the DB and that a whole DataSource does not go by; all of them where it is no address
 * that can be read.
 */
export function overruledProperties(
  settings: DatabaseSettings,
  explicit: ReadonlySet<string>,
  dataSource: string,
): string[] {
  const url =
    /^postgres(ql)?:\/\//.test(dataSource) && URL.canParse(dataSource) ? new URL(dataSource) : undefined
  const plain = (text: string) => text.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const same: Record<string, boolean> = {
    'mattermost.DatabaseHost': plain(url?.hostname ?? '') === plain(settings.databaseHost),
    'mattermost.DatabasePort': (url?.port || '5432') === String(settings.databasePort),
    'mattermost.DatabaseName': url?.pathname.slice(1) === encodeURIComponent(settings.databaseName),
    'mattermost.DatabaseUser': url?.username === encodeURIComponent(settings.databaseUser),
  }
  return Object.keys(same).filter(name => explicit.has(name) && (url === undefined || same[name] === false))
}

/** The address with its password masked; masked as a whole where the password's place is not beyond doubt. */
export function maskDataSource(value: unknown): string {
  if (value === undefined) return 'not set'
  if (value === '') return '""'
  const parts =
    typeof value === 'string' ? /^(postgres(?:ql)?:\/\/[^:@/?#]*):[^@/?#]*(@[^@]*)$/.exec(value) : null
  if (parts === null || /pass|secret|token|key/i.test(parts[2] ?? '')) return '***'
  return JSON.stringify(`${parts[1]}:***${parts[2]}`)
}

/** encodeURIComponent leaves these five, and a `'` has ended a connection string before. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
