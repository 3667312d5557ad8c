import { snakeoil } from './apache.js'
import { type ChatHost, HOME } from './chat-host.js'

/** What people reach the hand-made site by. */
export const SITE = 'https://chat.example.org'
/** Where certbot keeps its certificate. */
export const CERTIFICATES = '/etc/letsencrypt/live/chat.example.org'

/** A Mattermost whose unit, Home and virtual host are named as nobody would guess; `more`: sections of its config.json. */
export async function configureByHand(
  { host, must, database }: ChatHost,
  more: Record<string, object> = {},
): Promise<void> {
  const config = {
    ServiceSettings: { SiteURL: SITE, ListenAddress: '127.0.0.1:8099', EnableSecurityFixAlert: false },
    SqlSettings: { DriverName: 'postgres', DataSource: database.url },
    LogSettings: { EnableDiagnostics: false },
    PluginSettings: { AutomaticPrepackagedPlugins: false, EnableRemoteMarketplace: false },
    AnnouncementSettings: { AdminNoticesEnabled: false, UserNoticesEnabled: false },
    ...more,
  }
  const owner = 'mattermost:mattermost'
  await host.write(`${HOME}/config/config.json`, JSON.stringify(config), { mode: 0o600, owner })
  const unit = await host.read('/etc/systemd/system/mattermost.service')
  const program = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? ''
  if (!program.startsWith(`${HOME}/bin/mattermost`)) {
    // The stand-in is a script of Node; a real one is a program in bin.
    await host.write(`${HOME}/bin/mattermost`, `#!/bin/sh\nexec ${program}\n`, { mode: 0o755, owner })
  }
  await must(['rm', '/etc/systemd/system/mattermost.service'])
  await host.installUnit(
    'team-chat.service',
    unit.replace(/^ExecStart=.*$/m, `ExecStart=${HOME}/bin/mattermost`),
  )
  await must(['systemctl', 'enable', '--now', 'team-chat.service'])
}

/** The site's own virtual hosts as certbot leaves them, enabled and served. */
export async function certbotPair({ host, must }: ChatHost): Promise<void> {
  await must(['mkdir', '-p', CERTIFICATES])
  await must(['cp', snakeoil.certFile, `${CERTIFICATES}/fullchain.pem`])
  await must(['cp', snakeoil.keyFile, `${CERTIFICATES}/privkey.pem`])
  await host.write(
    '/etc/letsencrypt/renewal/chat.example.org.conf',
    'authenticator = webroot\nwebroot_path = /srv/acme,\n',
  )
  await host.write(
    '/etc/apache2/sites-available/team.conf',
    `<VirtualHost *:80>
  ServerName chat.example.org
  RewriteEngine on
  RewriteCond %{REQUEST_URI} !^/\\.well-known/acme-challenge/
  RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]
</VirtualHost>
`,
  )
  await host.write(
    '/etc/apache2/sites-available/team-le-ssl.conf',
    `<IfModule mod_ssl.c>
<VirtualHost *:443>
  ServerName chat.example.org
  SSLEngine on
  SSLCertificateFile ${CERTIFICATES}/fullchain.pem
  SSLCertificateKeyFile ${CERTIFICATES}/privkey.pem
  ProxyPass / http://127.0.0.1:8099/ upgrade=websocket
  ProxyPreserveHost On
</VirtualHost>
</IfModule>
`,
  )
  await must(['a2ensite', '--quiet', 'team', 'team-le-ssl'])
  await must(['systemctl', 'reload', 'apache2.service'])
}
