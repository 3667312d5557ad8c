import { isIP } from 'node:net'
import type { Config } from './defaults.js'

/**
 * The id of the first rule that the settings break (`model.config.is_valid.….app_error`), or undefined.
 * The rules and their order are those of the server's own check, as far as sections are known here.
 */
export function brokenRule(config: Config): string | undefined {
  for (const [name, holds] of rules(config)) if (!holds) return `model.config.is_valid.${name}.app_error`
  return undefined
}

function rules(c: Config): [string, boolean][] {
  const service = c.ServiceSettings
  const team = c.TeamSettings
  const sql = c.SqlSettings
  const files = c.FileSettings
  const mail = c.EmailSettings
  return [
    ['site_url_email_batching', service.SiteURL !== '' || !mail.EnableEmailBatching],
    ['allow_cookies_for_subdomains', service.SiteURL !== '' || !service.AllowCookiesForSubdomains],
    ['max_users', team.MaxUsersPerTeam > 0],
    ['max_channels', team.MaxChannelsPerTeam > 0],
    ['user_status_away_timeout', team.UserStatusAwayTimeout > 0],
    ['max_notify_per_channel', team.MaxNotificationsPerChannel > 0],
    ['restrict_direct_message', ['any', 'team'].includes(team.RestrictDirectMessage)],
    [
      'teammate_name_display',
      ['username', 'nickname_full_name', 'full_name'].includes(team.TeammateNameDisplay),
    ],
    ['sitename_empty', team.SiteName !== ''],
    ['sitename_length', [...team.SiteName].length <= 30],
    ['encrypt_sql', sql.AtRestEncryptKey.length === 0 || sql.AtRestEncryptKey.length >= 32],
    ['sql_driver', sql.DriverName === 'postgres'],
    ['sql_idle', sql.MaxIdleConns > 0],
    ['sql_conn_max_lifetime_milliseconds', sql.ConnMaxLifetimeMilliseconds >= 0],
    ['sql_query_timeout', sql.QueryTimeout > 0],
    ['sql_data_src', sql.DataSource !== ''],
    ['sql_max_conn', sql.MaxOpenConns > 0],
    ['max_file_size', files.MaxFileSize > 0],
    ['file_driver', ['local', 'amazons3'].includes(files.DriverName)],
    ['directory', files.Directory !== ''],
    ['file_salt', files.PublicLinkSalt.length === 0 || files.PublicLinkSalt.length >= 32],
    ['email_security', ['', 'TLS', 'STARTTLS'].includes(mail.ConnectionSecurity)],
    ['email_batching_buffer_size', mail.EmailBatchingBufferSize > 0],
    ['email_batching_interval', mail.EmailBatchingInterval >= 30],
    ['email_notification_contents_type', ['full', 'generic'].includes(mail.EmailNotificationContentsType)],
    ['rate_mem', c.RateLimitSettings.MemoryStoreSize > 0],
    ['rate_sec', c.RateLimitSettings.PerSec > 0],
    ['max_burst', c.RateLimitSettings.MaxBurst > 0],
    ['webserver_security', ['', 'TLS'].includes(service.ConnectionSecurity)],
    ['read_timeout', service.ReadTimeout > 0],
    ['write_timeout', service.WriteTimeout > 0],
    ['time_between_user_typing', service.TimeBetweenUserTypingUpdatesMilliseconds >= 1000],
    ['login_attempts', service.MaximumLoginAttempts > 0],
    ['site_url', service.SiteURL === '' || isRequestUri(service.SiteURL)],
    ['websocket_url', service.WebsocketURL === '' || isRequestUri(service.WebsocketURL)],
    ['listen_address', isListenAddress(service.ListenAddress)],
    ['password_length', c.PasswordSettings.MinimumLength >= 5 && c.PasswordSettings.MinimumLength <= 72],
  ]
}

/** What Go's `url.ParseRequestURI` takes: an absolute URI or an absolute path. */
function isRequestUri(text: string): boolean {
  if (/\p{Cc}/u.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return false
  if (text.startsWith('/')) return true
  const parts = /^[a-zA-Z][a-zA-Z0-9+.-]*:(?:\/\/([^/?]*))?(.*)$/.exec(text)
  if (!parts) return false
  const host = (parts[1] ?? '').replace(/^.*@/, '')
  return !/[ <>"\\^`{|}]/.test(host) && !/:(?!\d*$)/.test(host.replace(/^\[[0-9a-fA-F:.%]+\]/, ''))
}

/** `host:port` with an IP address, a domain name or nothing before the colon, port 0 to 65535. */
export function splitListenAddress(address: string): { host: string; port: number } | undefined {
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):([+-]?\d+)$/.exec(address)
  if (!parts) return undefined
  const host = parts[1] ?? parts[2] ?? ''
  const port = Number(parts[3])
  const domain =
    /^(?=.*[a-zA-Z])[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?(\.[a-zA-Z0-9_]([a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*\.?$/
  if (host !== '' && isIP(host) === 0 && !domain.test(host)) return undefined
  return port >= 0 && port <= 65535 ? { host, port } : undefined
}

function isListenAddress(address: string): boolean {
  return splitListenAddress(address) !== undefined
}
