import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseDb } from '../src/configdb/codec/codec.js'
import { readDb, updateDb } from '../src/configdb/store.js'
import { createPaths, projectRoot } from '../src/paths.js'
import { type Bench, median, type Row } from './row.js'

const RUNS = 15
const RECORDS = 100_000
/** What the stock tool's users notice: a look must cost half, a change must not be the slower one, fsync included. */
const READ_LIMIT = 0.5
const SETPROP_LIMIT = 0.8
const program = join(projectRoot(), 'dist/src/bin/teamchat.js')

/** 100,000 records, 12 MB: beside a Perl loop that does the work of the stock tool. */
export const bench: Bench = { name: 'the DB with 100,000 records', run }

/**
 * The work of the stock tool and nothing more: all lines read and split into a hash; with a value one property changed,
 * the keys sorted, the file written and renamed (without fsync, as there). Prints the seconds that the loop took.
 */
const PERL = `
use strict; use Time::HiRes 'time';
my ($file, $key, $name, $value) = @ARGV;
my $begin = time; my %db;
open(my $in, '<', $file) or die $!;
while (<$in>) { chomp; next if /^\\s*$/ or /^\\s*#/; my ($k, $v) = split(/=/, $_, 2); $db{$k} = $v }
close $in;
my ($type, %props) = split(/(?<!\\\\)\\|/, $db{$key}, -1);
if (defined $value) {
  $props{$name} = $value;
  $db{$key} = join('|', $type, map { ($_, $props{$_}) } sort keys %props);
  open(my $out, '>', "$file.$$") or die $!;
  print $out "# updated: " . localtime() . "\\n";
  print $out "$_=$db{$_}\\n" for sort keys %db;
  close $out;
  rename("$file.$$", $file) or die $!;
}
printf("%.6f\\n", time - $begin);`

/** Medians of interleaved runs, in milliseconds. Needs the built `dist`, and Perl. */
async function run(): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'teamchat-bench-'))
  const { configurationDb: file } = createPaths({ root, env: {} })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bigDb())
  const times = new Map<string, number[]>()
  const note = (name: string, time: number) => times.set(name, [...(times.get(name) ?? []), time])
  try {
    for (let turn = 0; turn < RUNS; turn += 1) {
      const value = (who: string) => `${who}${turn}.example.org`
      note('read, perl', perl(file))
      note('read', await timed(() => readDb(file)))
      note('setprop, perl', perl(file, value('perl')))
      note('setprop', await timed(() => setHost(file, value('ours'))))
      note('command getprop, perl', started('perl', ['-e', PERL, file, 'mattermost', 'VirtualHost'], root))
      note('command getprop', teamchat(['getprop', 'mattermost', 'VirtualHost'], root))
      note('command keys', teamchat(['keys'], root))
      note(
        'command setprop, perl',
        started('perl', ['-e', PERL, file, 'mattermost', 'VirtualHost', value('p')], root),
      )
      note('command setprop', teamchat(['setprop', 'mattermost', 'VirtualHost', value('c')], root))
    }
  } finally {
    rmSync(root, { recursive: true })
  }
  const of = (name: string) => median(times.get(name) ?? [])
  const row = (name: string, peer: string, limit?: number): Row => ({
    name,
    value: of(name),
    unit: 'ms',
    peer: { name: peer, value: of(peer) },
    ratio: of(name) / of(peer),
    ...(limit === undefined ? {} : { limit }),
  })
  return [
    row('read', 'read, perl', READ_LIMIT),
    row('setprop', 'setprop, perl', SETPROP_LIMIT),
    // With the start of Node and of Perl in them.
    row('command getprop', 'command getprop, perl'),
    row('command keys', 'command getprop, perl'),
    row('command setprop', 'command setprop, perl', SETPROP_LIMIT),
  ]
}

function setHost(file: string, host: string): Promise<boolean> {
  return updateDb(file, () => new Map([['mattermost', `service|VirtualHost|${host}|status|enabled`]]))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

function perl(file: string, ...value: string[]): number {
  const { status, stdout, stderr } = spawnSync('perl', [
    '-e',
    PERL,
    file,
    'mattermost',
    'VirtualHost',
    ...value,
  ])
  if (status !== 0) throw new Error(`cannot measure Perl: ${stderr}`)
  return Number(stdout.toString()) * 1000
}

function teamchat(args: string[], root: string): number {
  return started(process.execPath, [program, 'config', ...args], root)
}

function started(command: string, args: string[], root: string): number {
  const begin = performance.now()
  const { status, stderr } = spawnSync(command, args, {
    env: { PATH: process.env.PATH, TEAMCHAT_ROOT: root },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`cannot measure ${command}: status ${status}: ${stderr}`)
  return performance.now() - begin
}

/** Sorted as every writer leaves it, the record that is asked for somewhere in the middle. */
function bigDb(): string {
  const filler = 'x'.repeat(80)
  const lines = Array.from(
    { length: RECORDS - 1 },
    (_, number) => `${'kn'[number % 2]}ey${number}=service|note|${filler}|status|enabled`,
  )
  lines.push('mattermost=service|VirtualHost|chat.example.org|status|enabled')
  const text = `${lines.sort().join('\n')}\n`
  if (parseDb(Buffer.from(text)).size !== RECORDS) throw new Error('cannot measure: keys collide')
  return text
}
