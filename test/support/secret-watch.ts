import { createInterface } from 'node:readline'
import type { ChatHost } from './chat-host.js'

/** Where a secret was found. */
export interface Finding {
  secret: string
  place: string
}

/** A file that holds secrets. */
export interface SecretFile {
  path: string
  /** `600 root` */
  access: string
  secrets: string[]
}

/** Prints each command line of the host once, as soon as it sees it. */
const LOOK_AT_PROCESSES = `
const { readdirSync, readFileSync } = require('node:fs')
const seen = new Set()
setInterval(() => {
  for (const pid of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(pid)) continue
    let line = ''
    try { line = readFileSync('/proc/' + pid + '/cmdline', 'utf8') } catch { continue } // it has ended
    if (line === '' || seen.has(line)) continue
    seen.add(line)
    console.log(JSON.stringify(line))
  }
}, 5)
console.log('""')
`

/**
 * Listens to a host: what commands say, which command lines there are, what the journal gets. Afterwards it tells where
 * secrets have turned up, as they are or encoded as in an address, in JSON or as Base64.
 */
export class SecretWatch {
  private readonly secrets = new Map<string, string[]>()
  private readonly said: { command: string; text: string }[] = []
  private readonly commandLines: string[] = []

  private constructor(private readonly chat: ChatHost) {}

  /** Watches until the host ends. */
  static async start(chat: ChatHost): Promise<SecretWatch> {
    const watch = new SecretWatch(chat)
    const child = chat.host.spawn([process.execPath, '--eval', LOOK_AT_PROCESSES], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (child.stdout === null) throw new Error('cannot read what a child prints')
    const lines = createInterface({ input: child.stdout })
    await new Promise<void>(resolve => {
      lines.on('line', line => {
        watch.commandLines.push(JSON.parse(line))
        resolve()
      })
    })
    return watch
  }

  /** From now on, and for all that was heard before. */
  know(name: string, secret: string): void {
    if (secret.length < 8) throw new Error(`${name} is so short that it would be found anywhere`)
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    ]
    this.secrets.set(name, [...new Set(forms)])
  }

  /** As the host's own; what it says is kept. `own`: its standard output is there to print secrets, and is not. */
  async run(command: string[], options: { input?: string; own?: boolean } = {}) {
    const answer = await this.chat.run(command, options.input)
    const text = options.own === true ? answer.stderr : answer.stdout + answer.stderr
    this.said.push({ command: command.join(' '), text })
    return answer
  }

  /** Command lines that hold `text`: whether the watch sees anything at all. */
  inputs(text: string): number {
    return this.commandLines.filter(line => line.includes(text)).length
  }

  /** Each place outside of files at which a secret turned up; none is what a test wants. */
  async leaks(): Promise<Finding[]> {
    await this.chat.must(['journalctl', '--sync'])
    const journal = await this.chat.must(['journalctl', '--no-pager', '--output=export', '--all'])
    return [
      ...this.said.flatMap(({ command, text }) => this.findings(text, command)),
      ...this.commandLines.flatMap(line => this.findings(line, `command line ${line.slice(0, 60)}…`)),
      ...journal
        .split('\n')
        .flatMap(line => this.findings(line, `journal: ${line.replace(/[^ -~]/g, '').slice(0, 300)}`)),
    ]
  }

  /** Every file of the host that holds a secret. */
  async files(folders = ['/etc', '/var', '/run', '/srv', '/tmp']): Promise<SecretFile[]> {
    const forms = [...this.secrets.values()].flat()
    // The test's own folder, and OpenLDAP's data: they hold what the directory knows, in files of a gigabyte.
    const besides = [this.chat.host.dir.split('/').at(-1), 'slapd-*'].map(name => `--exclude-dir=${name}`)
    const grep = ['grep', '-aF', '-D', 'skip', '-f', '-']
    const { stdout } = await this.chat.run([...grep, '-rl', ...besides, ...folders], `${forms.join('\n')}\n`)
    const files: SecretFile[] = []
    for (const path of stdout.split('\n').sort()) {
      if (path === '') continue
      const access = (await this.chat.must(['stat', '-c', '%a %U', '--', path])).trim()
      const held = await this.chat.run([...grep, '-oh', '--', path], `${forms.join('\n')}\n`)
      const secrets = [...this.secrets].filter(([, all]) => all.some(form => held.stdout.includes(form)))
      files.push({ path, access, secrets: secrets.map(([name]) => name) })
    }
    return files
  }

  private findings(text: string, place: string): Finding[] {
    return [...this.secrets]
      .filter(([, forms]) => forms.some(form => text.includes(form)))
      .map(([secret]) => ({ secret, place }))
  }
}
