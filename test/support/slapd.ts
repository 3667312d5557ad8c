import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Certificate, createAuthority, createCertificate, hostOpenssl } from './certificates.js'
import { freePort } from './free-port.js'
import type { Host } from './host/host.js'
import { entryLdif, personLdif } from './person-ldif.js'

export { entryLdif, type Person, personLdif } from './person-ldif.js'

export interface SlapdOptions {
  /** A number of users (`user00001` …), or their LDIF below `ou=People,dc=directory,dc=nh`. Default none. */
  users?: number | string
  /** Default true: ldaps and StartTLS with a certificate of an authority of its own. */
  tls?: boolean
  /** Replaces the access rules, in slapd.conf's syntax. Default {@link serviceOnlyAcl}. */
  acl?: string
  /** Default true. False: nothing counts changes. */
  syncprov?: boolean
}

/** A running OpenLDAP of a test: ports are on the host's loopback, the socket is also reachable from outside. */
export interface Slapd {
  port: number
  /** 0 without TLS. */
  tlsPort: number
  uri: string
  /** Empty without TLS. */
  ldapsUri: string
  ldapiPath: string
  /** Empty without TLS. */
  caFile: string
  baseDn: string
  userDn: string
  groupDn: string
  /** The service account, which may read everything. */
  bindDn: string
  bindPassword: string
  /** The root DN: no limits, no access rules. */
  adminDn: string
  adminPassword: string
  add(ldif: string): Promise<void>
  /** LDIF with `changetype: modify`, or modrdn, or delete. */
  modify(ldif: string): Promise<void>
  delete(dn: string): Promise<void>
  stop(): Promise<void>
  /** On the same ports, with the same entries. */
  start(): Promise<void>
}

const baseDn = 'dc=directory,dc=nh'
const userDn = `ou=People,${baseDn}`
const groupDn = `ou=Groups,${baseDn}`
const bindDn = `cn=ldapservice,${baseDn}`
const adminDn = `cn=admin,${baseDn}`

/** Only the service account reads, passwords' locks included; anonymous sees nothing. */
export const serviceOnlyAcl = `access to attrs=userPassword
  by dn.exact="${bindDn}" read
  by anonymous auth
  by * none
access to *
  by dn.exact="${bindDn}" read
  by * none`

/** Debian's own rules: nobody sees userPassword, so nobody looks locked; all the rest is public. */
export const debianAcl = `access to attrs=userPassword
  by self write
  by anonymous auth
  by * none
access to *
  by * read`

/**
 * Starts an OpenLDAP as NethServer has it inside of `host`, and ends it with the test. For tests that speak
 * LDAP over TCP themselves the host needs `network: 'shared'`. Throws with slapd's words when it does not start.
 */
export async function startSlapd(t: Test, host: Host, options: SlapdOptions = {}): Promise<Slapd> {
  const folder = await mkdtemp(join(host.shared, 'slapd-'))
  const [bindPassword, adminPassword] = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')]
  const [port, tlsPort] = [await freePort(), await freePort()]
  const tls = options.tls === false ? undefined : await serverCertificate(host, folder)
  const ldapiPath = join(folder, 'ldapi')
  // Inside, on a tmpfs: large directories would wait for the machine's disk.
  const database = `/run/${folder.split('/').at(-1)}`
  const secret = { mode: 0o600 }
  await writeFile(join(folder, 'admin-password'), adminPassword, secret)
  await writeFile(
    join(folder, 'slapd.conf'),
    configuration(folder, database, adminPassword, tls, options),
    secret,
  )
  await writeFile(
    join(folder, 'entries.ldif'),
    baseEntries(bindPassword) + userEntries(options.users ?? 0),
    secret,
  )
  const conf = ['-f', join(folder, 'slapd.conf')]
  await host.run(['mkdir', '-m', '700', database])
  await host.run(['slapadd', '-q', '-w', ...conf, '-b', baseDn, '-l', join(folder, 'entries.ldif')])

  const uri = `ldap://127.0.0.1:${port}`
  const ldapsUri = tls === undefined ? '' : `ldaps://127.0.0.1:${tlsPort}`
  const ldapiUri = `ldapi://${encodeURIComponent(ldapiPath)}`
  let ended: Promise<unknown> | undefined

  async function start(): Promise<void> {
    // -d 0 keeps it in the foreground: it ends with its client, and its words arrive here.
    const child = host.spawn(['slapd', '-d', '0', ...conf, '-h', `${uri} ${ldapsUri} ${ldapiUri}`])
    let said = ''
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString()
    })
    ended = new Promise(resolve => child.on('close', resolve))
    while (!(await accepts(ldapiPath))) {
      const end = child.exitCode ?? child.signalCode
      if (end !== null) throw new Error(`slapd ended with ${end}: ${said}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  async function stop(): Promise<void> {
    if (ended === undefined) return
    const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim()
    await host.run(['kill', '-TERM', pid])
    await ended
    ended = undefined
  }

  async function change(program: 'ldapadd' | 'ldapmodify' | 'ldapdelete', input: string): Promise<void> {
    const admin = ['-x', '-D', adminDn, '-y', join(folder, 'admin-password')]
    await host.run([program, '-H', ldapiUri, ...admin], { input })
  }

  await start()
  t.teardown(stop)
  return {
    port,
    tlsPort: tls === undefined ? 0 : tlsPort,
    uri,
    ldapsUri,
    ldapiPath,
    caFile: tls?.authority.certFile ?? '',
    baseDn,
    userDn,
    groupDn,
    bindDn,
    bindPassword,
    adminDn,
    adminPassword,
    add: ldif => change('ldapadd', ldif),
    modify: ldif => change('ldapmodify', ldif),
    delete: dn => change('ldapdelete', `${dn}\n`),
    stop,
    start,
  }
}

async function serverCertificate(
  host: Host,
  folder: string,
): Promise<{ authority: Certificate; server: Certificate }> {
  const openssl = hostOpenssl(host)
  const certificates = join(folder, 'certificates')
  await mkdir(certificates)
  const authority = await createAuthority(openssl, certificates)
  const addresses = ['127.0.0.1']
  const server = await createCertificate(openssl, certificates, { name: 'server', addresses, authority })
  return { authority, server }
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(socketPath)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

function configuration(
  folder: string,
  database: string,
  adminPassword: string,
  tls: { authority: Certificate; server: Certificate } | undefined,
  { acl = serviceOnlyAcl, syncprov = true }: SlapdOptions,
): string {
  const schemas = ['core', 'cosine', 'inetorgperson', 'nis']
  const certificates =
    tls === undefined
      ? ''
      : `TLSCACertificateFile ${tls.authority.certFile}
TLSCertificateFile ${tls.server.certFile}
TLSCertificateKeyFile ${tls.server.keyFile}`
  return `${schemas.map(name => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
${syncprov ? 'moduleload syncprov' : ''}
pidfile ${join(folder, 'pid')}
serverID 1
sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited size.pr=1000
authz-regexp "gidNumber=0[+]uidNumber=0,cn=peercred,cn=external,cn=auth" "${adminDn}"
${certificates}
database mdb
suffix "${baseDn}"
rootdn "${adminDn}"
rootpw ${adminPassword}
directory ${database}
maxsize 1073741824
dbnosync
index objectClass,entryUUID,entryCSN,uid,mail,memberUid,modifyTimestamp eq
${acl}
${syncprov ? 'overlay syncprov' : ''}
`
}

function baseEntries(bindPassword: string): string {
  return [
    entryLdif(baseDn, {
      objectClass: ['top', 'dcObject', 'organization'],
      dc: 'directory',
      o: 'directory.nh',
    }),
    entryLdif(userDn, { objectClass: 'organizationalUnit', ou: 'People' }),
    entryLdif(groupDn, { objectClass: 'organizationalUnit', ou: 'Groups' }),
    entryLdif(bindDn, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      cn: 'ldapservice',
      userPassword: bindPassword,
    }),
  ].join('')
}

function userEntries(users: number | string): string {
  if (typeof users === 'string') return users
  const persons = Array.from({ length: users }, (_, index) => {
    const number = String(index + 1).padStart(5, '0')
    const uid = `user${number}`
    return personLdif(
      { uid, cn: `User ${number}`, sn: number, givenName: 'User', mails: [`${uid}@nh.test`] },
      userDn,
    )
  })
  return persons.join('')
}
