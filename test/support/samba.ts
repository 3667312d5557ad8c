import { createHash, randomBytes, randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rename } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Certificate, createAuthority, createCertificate, hostOpenssl } from './certificates.js'
import type { Finished } from './host/finished.js'
import { type Host, prepareBase } from './host/host.js'
import { entryLdif } from './person-ldif.js'
import { sambaPackages } from './samba-packages.js'

export { sambaPackages } from './samba-packages.js'

export interface SambaOptions {
  /** Added before the start: below `dc=ad,dc=nh,dc=test`, see {@link adPersonLdif}. */
  ldif?: string
  /** Another controller of the same domain: starts with all entries of this one, which must be stopped. */
  copyOf?: SambaDc
  /** A copy with an invocationId of its own, as a second controller or a restored backup has it; else that of the first. */
  ownInvocation?: boolean
}

/** A running Active Directory domain controller of a test. LDAP alone; its ports are 389 and 636. */
export interface SambaDc {
  /** An own one on loopback, since the ports are fixed. */
  address: string
  uri: string
  ldapsUri: string
  caFile: string
  /** Copies have the same one. */
  authority: Certificate
  realm: string
  workgroup: string
  baseDn: string
  /** An ordinary account, which may read; with its name as UPN, DOMAIN\user and DN. */
  reader: { upn: string; downLevel: string; dn: string; password: string }
  /** Where its databases lie, inside of the host. */
  folder: string
  add(ldif: string): Promise<void>
  /** LDIF with `changetype`. */
  modify(ldif: string): Promise<void>
  /** `samba-tool ARGS` on its databases, which works while it runs. */
  tool(args: readonly string[]): Promise<Finished>
  stop(): Promise<void>
  start(): Promise<void>
}

const realm = 'AD.NH.TEST'
const workgroup = 'ADNH'
const baseDn = 'DC=ad,DC=nh,DC=test'
/** The same in each run, since it is kept in the archive of the provisioned domain; the domain is on loopback only. */
const password = 'Reader,12345'

/** The kind of DNS that makes both the partitions that a search refers to, and an account `dns-dc1` of its own. */
const provision = [
  ...['samba-tool', 'domain', 'provision', `--realm=${realm}`, `--domain=${workgroup}`, '--server-role=dc'],
  ...['--dns-backend=BIND9_DLZ', '--host-name=dc1', '--host-ip=127.0.0.1', `--adminpass=${password}`],
  ...['--use-rfc2307', '--option=interfaces=lo', '--option=bind interfaces only=yes'],
]
/** The archive may become old: no password in it expires. */
const afterwards = [
  ['domain', 'passwordsettings', 'set', '--max-pwd-age=0', '--min-pwd-age=0', '--complexity=off'],
  ['user', 'create', 'reader', password],
]

/**
 * Starts a Samba domain controller in `host` (made with {@link sambaPackages} and `network: 'shared'`) and ends
 * it with the test. The domain is made once (6 s) and kept beside the installed packages; later starts take 1 s.
 * Throws with Samba's words when it does not start.
 */
export async function startSambaDc(t: Test, host: Host, options: SambaOptions = {}): Promise<SambaDc> {
  const shared = await mkdtemp(join(host.shared, 'samba-'))
  const folder = `/run/${shared.split('/').at(-1)}`
  const address = `127.${randomInt(16, 250)}.${randomInt(1, 250)}.${randomInt(2, 250)}`
  const conf = join(folder, 'own.conf')
  const database = join(folder, 'private/sam.ldb')
  if (options.copyOf === undefined) await unpackDomain(host, shared, folder)
  else await copyDomain(host, options.copyOf, folder)

  const openssl = hostOpenssl(host)
  const certificates = join(shared, 'certificates')
  const authority = options.copyOf?.authority ?? (await createAuthority(openssl, certificates))
  const server = await createCertificate(openssl, certificates, {
    name: 'dc1.ad.nh.test',
    dnsNames: ['dc1.ad.nh.test', 'ad.nh.test'],
    addresses: [address],
    authority,
  })
  const tls = `tls enabled = yes
tls certfile = ${server.certFile}
tls keyfile = ${server.keyFile}
tls cafile = ${authority.certFile}`
  await host.write(conf, configuration(folder, `${address}/8`, tls))
  if (options.ldif !== undefined) await change('ldbadd', options.ldif)
  if (options.ownInvocation === true) await giveInvocation()
  let running: { ended: Promise<unknown>; said: () => string; hasEnded: () => boolean } | undefined

  async function start(): Promise<void> {
    const foreground = ['-F', '--no-process-group', '-M', 'prefork', '--debug-stdout']
    const child = host.spawn(['samba', '-s', conf, ...foreground])
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', text => {
        said += String(text)
      })
    }
    running = {
      ended: new Promise(resolve => child.on('close', resolve)),
      said: () => said,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    }
    for (const end = Date.now() + 30_000; !(await accepts(address)); ) {
      if (running.hasEnded() || Date.now() > end) throw new Error(`samba does not start: ${said}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  async function stop(): Promise<void> {
    if (running === undefined) return
    const pid = (await host.read(join(folder, 'pid/samba.pid'))).trim()
    await host.run(['kill', '-TERM', pid])
    await running.ended
    running = undefined
    // Its children end a moment after it.
    while (await accepts(address)) await new Promise(resolve => setTimeout(resolve, 10))
  }

  async function change(program: 'ldbadd' | 'ldbmodify', input: string): Promise<void> {
    const { stdout, stderr } = await host.run([program, `--configfile=${conf}`, '-H', database], { input })
    // It ends with 0 even when it stops in the middle.
    const wanted = input.match(/^dn:/gm)?.length ?? 0
    const made = /^(?:Added|Modified) (\d+) records/m.exec(stdout)?.[1]
    if (Number(made) !== wanted) throw new Error(`${program}: ${made} of ${wanted}: ${stdout}${stderr}`)
  }

  /** Behind the back of the server's own modules, which let nobody change it. */
  async function giveInvocation(): Promise<void> {
    const configuration = `CN=Configuration,${baseDn}`
    const ntds = `CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,${configuration}`
    const partition = join(`${database}.d`, `${configuration.toUpperCase()}.ldb`)
    const value = randomBytes(16).toString('base64')
    const input = `dn: ${ntds}\nchangetype: modify\nreplace: invocationId\ninvocationId:: ${value}\n\n`
    const { stdout, stderr } = await host.run(['ldbmodify', '-H', partition], { input })
    if (!stdout.includes('Modified 1 records')) throw new Error(`ldbmodify: ${stdout}${stderr}`)
  }

  await start()
  t.teardown(stop)
  return {
    address,
    uri: `ldap://${address}`,
    ldapsUri: `ldaps://${address}`,
    caFile: authority.certFile,
    authority,
    realm,
    workgroup,
    baseDn,
    reader: {
      upn: 'reader@ad.nh.test',
      downLevel: `${workgroup}\\reader`,
      dn: `CN=reader,CN=Users,${baseDn}`,
      password,
    },
    folder,
    add: ldif => change('ldbadd', ldif),
    modify: ldif => change('ldbmodify', ldif),
    tool: args => host.run(['samba-tool', ...args, '-s', conf, '-H', database]),
    stop,
    start,
  }
}

/** A person of a domain. Without a password the account is enabled all the same. */
export interface AdPerson {
  login: string
  /** Default: the login. */
  cn?: string
  /** Default CN=Users. */
  parentDn?: string
  /** ASCII. */
  password?: string
  /** Any other attributes. */
  attributes?: Record<string, string | readonly string[]>
}

/** LDIF of a person for {@link SambaDc.add}, with an empty last line. Many are added at once in no time. */
export function adPersonLdif(person: AdPerson): string {
  const cn = person.cn ?? person.login
  const quoted = person.password === undefined ? undefined : Buffer.from(`"${person.password}"`, 'utf16le')
  const escaped = cn.replace(/[\\,+"<>;=]/g, '\\$&').replace(/^[ #]| $/g, '\\$&')
  return entryLdif(`CN=${escaped},${person.parentDn ?? `CN=Users,${baseDn}`}`, {
    objectClass: 'user',
    sAMAccountName: person.login,
    // NORMAL_ACCOUNT, PASSWD_NOTREQD
    userAccountControl: person.password === undefined ? '544' : '512',
    unicodePwd: quoted?.toString('latin1'),
    ...person.attributes,
  })
}

/** Puts the provisioned domain into `folder`; makes it where it is not kept yet. */
async function unpackDomain(host: Host, shared: string, folder: string): Promise<void> {
  // Inside of the base: it goes when the packages do, and running hosts hold it.
  const recipe = createHash('sha256')
    .update(JSON.stringify([provision, afterwards]))
    .digest('hex')
  const kept = join(prepareBase(sambaPackages), `samba-dc-${recipe.slice(0, 12)}.tgz`)
  const archive = join(shared, 'domain.tgz')
  await host.run(['mkdir', '-m', '700', folder])
  if (existsSync(kept)) {
    await copyFile(kept, archive)
    await host.run(['tar', '-xzf', archive, '-C', folder])
    return
  }
  await host.run([...provision, `--targetdir=${folder}`], { timeoutMs: 180_000 })
  const conf = join(folder, 'own.conf')
  await host.write(conf, configuration(folder, '127.0.0.1/8', ''))
  await host.run(['mkdir', '-p', ...['lock', 'cache', 'pid', 'ncalrpc'].map(name => join(folder, name))])
  for (const args of afterwards) {
    await host.run(['samba-tool', ...args, '-s', conf, '-H', join(folder, 'private/sam.ldb')])
  }
  await host.run(['tar', '-czf', archive, '-C', folder, '.'])
  // By rename: another test may be making the same one.
  const unique = `${kept}.${randomBytes(4).toString('hex')}`
  await copyFile(archive, unique)
  await rename(unique, kept)
}

async function copyDomain(host: Host, from: SambaDc, folder: string): Promise<void> {
  if (await accepts(from.address)) throw new Error('a controller must be stopped before it can be copied')
  await host.run(['cp', '-a', from.folder, folder])
  await host.run(['rm', '-f', join(folder, 'pid/samba.pid')])
}

/** Of all its services LDAP alone, and nothing outside of `folder`. */
function configuration(folder: string, interfaces: string, tls: string): string {
  return `[global]
netbios name = DC1
realm = ${realm}
workgroup = ${workgroup}
server role = active directory domain controller
server services = ldap
interfaces = ${interfaces}
bind interfaces only = yes
private dir = ${folder}/private
lock directory = ${folder}/lock
state directory = ${folder}/state
cache directory = ${folder}/cache
pid directory = ${folder}/pid
ncalrpc dir = ${folder}/ncalrpc
idmap_ldb:use rfc2307 = yes
${tls}
`
}

function accepts(address: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(636, address)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
