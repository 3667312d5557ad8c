import { painter } from '../../../src/cli/io.js'

/** Who says something beside us; the width keeps the texts below each other. */
export type Speaker = 'teamchatd' | 'supervisor' | 'stand-in'
const SPEAKER_WIDTH = 10
const INDENT = '   '

/** Prints what a newcomer sees: numbered steps, indented lines, and who said what. */
export class Screen {
  private steps: number
  private readonly paint: ReturnType<typeof painter>

  constructor(
    private readonly output: NodeJS.WritableStream & { isTTY?: boolean },
    private readonly options: {
      env: NodeJS.ProcessEnv
      stepsDone: number
      /** Left out of what others say: paths below it are shown as they can be typed there. */
      folder: string
    },
  ) {
    this.paint = painter(output, options.env)
    this.steps = options.stepsDone
  }

  /** `3  A sample site …` */
  step(title: string): void {
    this.steps += 1
    this.write(`${this.paint('bold', `${this.steps}  ${title}`)}\n`)
  }

  /** A line of its own, at the margin. */
  say(line: string): void {
    this.write(`${this.paint('bold', line)}\n`)
  }

  /** Indented, below the step. */
  lines(lines: readonly string[]): void {
    this.write(lines.map(line => `${line === '' ? '' : INDENT}${line}\n`).join(''))
  }

  /** A command as it can be typed. */
  command(line: string): void {
    this.lines([this.paint('bold', `$ ${line}`)])
  }

  /** A line of one of the programs that run beside us. */
  said(speaker: Speaker, line: string): void {
    this.lines([`${this.paint('dim', `${speaker.padEnd(SPEAKER_WIDTH)} |`)} ${this.plain(line)}`])
  }

  problem(line: string): void {
    this.lines([this.paint('red', line)])
  }

  blank(): void {
    this.write('\n')
  }

  /** Colours of others only where there are colours at all, and their paths short. */
  private plain(line: string): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape character that is looked for
    const text = this.paint('bold', '') === '' ? line.replaceAll(/\u001b\[\d+m/g, '') : line
    return text.replaceAll(`${this.options.folder}/`, '')
  }

  private write(text: string): void {
    this.output.write(text)
  }
}
