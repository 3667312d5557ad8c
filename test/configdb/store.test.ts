import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDb } from '../../src/configdb/codec/codec.js'
import { parseRecord } from '../../src/configdb/codec/record.js'
import { readDb, updateDb } from '../../src/configdb/store.js'
import { takeLock } from '../../src/system/lock.js'

const set = (key: string, value: string) => () => new Map([[key, value]])
const storeModule = new URL('../../src/configdb/store.js', import.meta.url).href
const recordModule = new URL('../../src/configdb/codec/record.js', import.meta.url).href
const isRoot = process.getuid?.() === 0
const noPerl = spawnSync('perl', ['-e', '1']).status === 0 ? false : 'perl is not installed'
const noSmallDisk = canMount() ? false : 'no tmpfs can be mounted here'

/** Root may lack the right to mount, as in most containers. */
function canMount(): boolean {
  return (
    isRoot && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'teamchat-test', '/mnt']).status === 0
  )
}

/** All but the stock lock file: in a container the kernel tells nobody who waits for it, and it stays. */
function besideLock(folder: string): string[] {
  return readdirSync(folder).filter(name => !name.endsWith('.lock') || name.startsWith('.'))
}

/** A process of its own that sets properties `FROM…TO` of the record `m`, one update each. */
function startWriter(path: string, from: number, to: number): ChildProcess {
  const script = `
    import { updateDb } from ${JSON.stringify(storeModule)}
    import { encodeRecord, parseRecord } from ${JSON.stringify(recordModule)}
    for (let number = ${from}; number < ${to}; number += 1) {
      await updateDb(${JSON.stringify(path)}, content => {
        const record = parseRecord(content.get('m') ?? '')
        record.properties.set('p' + number, 'v' + number)
        return new Map([['m', encodeRecord(record)]])
      })
    }`
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => child.on('exit', status => resolve(status)))
}

/** What the stock tool does: flock, read again, change one key, temporary file, rename, unlock, unlink. */
const perlWriter = `
use Fcntl ':flock';
my ($file, $times) = @ARGV;
for my $number (1 .. $times) {
  open(my $lock, '>>', "$file.lock") or die "lock: $!";
  flock($lock, LOCK_EX) or die "flock: $!";
  open(my $in, '<', $file) or die "read: $!";
  my @lines = grep { !/^perl=/ && !/^\\s*#/ } <$in>;
  close $in;
  open(my $out, '>', "$file.$$") or die "write: $!";
  print $out @lines, "perl=$number\\n";
  close $out;
  rename("$file.$$", $file) or die "rename: $!";
  flock($lock, LOCK_UN);
  unlink("$file.lock");
  close $lock;
  select(undef, undef, undef, 0.01);
}`

function propertiesOf(path: string): string[] {
  return [...parseRecord(parseDb(readFileSync(path)).get('m') ?? '').properties.keys()]
}

t.test('writing and reading', async t => {
  const folder = t.testdir({})
  const path = join(folder, 'deep/er/configuration')
  t.equal((await readDb(path)).size, 0, 'rule 2: a missing file reads as empty')
  t.equal(await updateDb(path, () => undefined), false)
  t.throws(() => statSync(path), { code: 'ENOENT' }, 'rule 2: no write, no file')
  t.equal(await updateDb(path, set('a', '1'), { now: () => new Date(2026, 10, 22, 14, 59, 30) }), true)
  t.match(readFileSync(path, 'latin1'), /^# DO NOT[\s\S]*# updated: Sun Nov 22 14:59:30 2026\na=1\n$/)
  t.equal(statSync(path).mode & 0o777, 0o640)

  const before = statSync(path)
  t.equal(await updateDb(path, set('a', '1')), false, 'rule 17: an equal value writes nothing')
  t.equal(statSync(path).ino, before.ino)

  chmodSync(path, 0o604)
  await updateDb(path, set('b', '2'))
  t.not(statSync(path).ino, before.ino)
  t.equal(statSync(path).mode & 0o777, 0o604, 'rule 8: the mode of the old file')
  t.strictSame(
    besideLock(join(folder, 'deep/er')),
    ['configuration'],
    'rules 8 and 15: nothing stays beside it',
  )
})

t.test(
  'rule 8: the owner of the old file',
  { skip: isRoot ? false : 'only root can give files away' },
  async t => {
    const path = join(t.testdir({ db: 'a=1\n' }), 'db')
    chownSync(path, 1234, 2345)
    await updateDb(path, set('a', '2'))
    t.match(statSync(path), { uid: 1234, gid: 2345 })
  },
)

t.test('a folder behind a link is the site’s own; a link in place of the file is refused', async t => {
  const folder = t.testdir({ real: { db: 'a=1\n' } })
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  await updateDb(join(folder, 'link/db'), set('a', '2'))
  t.equal((await readDb(join(folder, 'real/db'))).get('a'), '2')
  symlinkSync('db', join(folder, 'real/other'))
  await t.rejects(updateDb(join(folder, 'real/other'), set('a', '3')), { code: 'files.unsafe' })
  t.equal((await readDb(join(folder, 'real/db'))).get('a'), '2')
})

t.test('what cannot be read is not written', async t => {
  const path = join(t.testdir({ db: {} }), 'db')
  await t.rejects(readDb(path), { code: 'db.unreadable', message: `cannot read ${path}: it is a folder` })
  await t.rejects(updateDb(path, set('a', '1')), { code: 'db.unreadable' })
})

t.test('who may not read it is told so', async t => {
  const path = join(t.testdir({ db: 'a=1\n' }), 'db')
  chmodSync(path, 0)
  const nobody = 65_534
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(nobody)
  try {
    await t.rejects(readDb(path), { code: 'notAllowed', message: `cannot read ${path}: permission denied` })
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

t.test('what a change throws leaves everything as it was', async t => {
  const folder = t.testdir({ db: 'a=1\n' })
  const failing = () => {
    throw new Error('no')
  }
  await t.rejects(updateDb(join(folder, 'db'), failing), { message: 'no' })
  t.strictSame(besideLock(folder), ['db'])
  t.equal(readFileSync(join(folder, 'db'), 'latin1'), 'a=1\n')
})

t.test('rule 15: a held lock is waited for, and named when it takes too long', async t => {
  const folder = t.testdir({ db: 'a=1\n' })
  const path = join(folder, 'db')
  const lock = await takeLock(`${path}.lock`, 1000)
  await t.rejects(updateDb(path, set('a', '2'), { waitMs: 200 }), {
    code: 'locked',
    message: new RegExp(`${path}.lock`),
  })
  t.equal((await readDb(path)).get('a'), '1')
  const waiting = updateDb(path, set('a', '2'))
  // Somebody else writes while we wait: our change is made to what they wrote.
  writeFileSync(path, 'a=1\nb=theirs\n')
  await lock?.release()
  t.equal(await waiting, true)
  t.strictSame(
    [...(await readDb(path))],
    [
      ['a', '2'],
      ['b', 'theirs'],
    ],
  )
})

t.test('rule 16: the stock lock file stays for a stock writer that waits on it', async t => {
  const folder = t.testdir({ db: 'a=1\n' })
  const path = join(folder, 'db')
  let waiter: Promise<number | null> | undefined
  await updateDb(path, () => {
    waiter = ended(
      spawn('flock', [
        `${path}.lock`,
        'sh',
        '-c',
        'test -e "$0" && echo "b=theirs" >> "$1"',
        `${path}.lock`,
        path,
      ]),
    )
    const inode = statSync(`${path}.lock`).ino
    // Only when the kernel lists the waiting one has it opened the file that we are about to leave.
    for (let tries = 0; tries < 200 && !isWaitedFor(inode); tries += 1) spawnSync('sleep', ['0.02'])
    return new Map([['a', '2']])
  })
  t.equal(await waiter, 0, 'it got the lock of the file that is still there')
  t.strictSame(
    [...(await readDb(path))],
    [
      ['a', '2'],
      ['b', 'theirs'],
    ],
  )
})

function isWaitedFor(inode: number): boolean {
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .some(line => line.includes('->') && line.includes(`:${inode} `))
}

t.test('rule 16: an unlinked lock file excludes nobody, so the change is made once more', async t => {
  const folder = t.testdir({ db: 'a=1\n' })
  const path = join(folder, 'db')
  let asked = 0
  await updateDb(path, () => {
    asked += 1
    if (asked === 1) execFileSync('rm', [`${path}.lock`]) // as a stock writer that has just unlocked it
    return new Map([['a', '2']])
  })
  t.equal(asked, 2)
  t.equal((await readDb(path)).get('a'), '2')
})

t.test('rule 16: of 40 writers at a time none loses its update', async t => {
  const folder = t.testdir({ db: '' })
  const path = join(folder, 'db')
  const writers = Array.from({ length: 40 }, (_, number) => startWriter(path, number, number + 1))
  t.strictSame([...new Set(await Promise.all(writers.map(ended)))], [0])
  t.equal(propertiesOf(path).length, 40)
  t.strictSame(besideLock(folder), ['db'], 'neither lock nor temporary file stays')
})

t.test('rule 16: our updates survive beside a stock writer', { skip: noPerl }, async t => {
  const folder = t.testdir({ db: 'm=t\n' })
  const path = join(folder, 'db')
  const perl = spawn('perl', ['-e', perlWriter, path, '60'], { stdio: ['ignore', 'inherit', 'inherit'] })
  const writers = Array.from({ length: 6 }, (_, number) => startWriter(path, number * 5, number * 5 + 5))
  t.strictSame([...new Set(await Promise.all([perl, ...writers].map(ended)))], [0])
  t.equal(propertiesOf(path).length, 30)
  t.equal(parseDb(readFileSync(path)).get('perl'), '60')
})

t.test('rule 8: what a killed writer left is removed', async t => {
  const folder = t.testdir({ db: 'a=1\n', '.db.teamchatd-0123456789ab': 'half', '.db.teamchatd-mine': 'x' })
  await updateDb(join(folder, 'db'), set('a', '2'))
  t.strictSame(besideLock(folder).sort(), ['.db.teamchatd-mine', 'db'])
})

t.test('a full disk leaves the DB as it was', { skip: noSmallDisk }, async t => {
  const folder = join(t.testdir({}), 'small')
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'teamchat-test', folder])
  try {
    const path = join(folder, 'db')
    await updateDb(path, set('a', 'x'.repeat(20_000)))
    const before = readFileSync(path)
    await t.rejects(updateDb(path, set('b', 'y'.repeat(40_000))), {
      code: 'db.write',
      message: `cannot write ${path}: the disk is full`,
      exitCode: 1,
    })
    t.ok(readFileSync(path).equals(before))
    t.strictSame(besideLock(folder), ['db'], 'no half-written file stays')
  } finally {
    execFileSync('umount', [folder])
  }
})

t.test('below --root nothing is written through a link that leads outside, not even a lock', async t => {
  const folder = t.testdir({ outside: {}, root: { var: { lib: {} } } })
  symlinkSync(join(folder, 'outside'), join(folder, 'root/var/lib/db'))
  const path = join(folder, 'root/var/lib/db/configuration')
  await t.rejects(updateDb(path, set('a', '1'), { root: join(folder, 'root') }), { code: 'files.unsafe' })
  t.same(readdirSync(join(folder, 'outside')), [])
})
