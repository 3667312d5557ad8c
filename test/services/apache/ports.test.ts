import t from 'tap'
import { impossiblePort } from '../../../src/services/apache/ports.js'

for (const [text, found] of [
  ['ProxyPass "/" "http://127.0.0.1:8065/" upgrade=websocket', undefined],
  ['ProxyPass "/" "http://127.0.0.1:65535/"', undefined],
  ['a\nProxyPass "/" "http://127.0.0.1:65536/"', { line: 2, port: '65536' }],
  ['RewriteRule ^/(.*) ws://localhost:99999/$1 [P,L]', { line: 1, port: '99999' }],
  ['ProxyPassReverse / https://chat.example.org:0/', { line: 1, port: '0' }],
  ['  # ProxyPass / http://127.0.0.1:99999/', undefined],
  ['RequestHeader set X-Time "12:99999"', undefined],
] as const) {
  t.same(impossiblePort(text), found, text)
}
