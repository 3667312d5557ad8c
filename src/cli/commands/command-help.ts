/** One command as `--help` and the manual page tell it; the only place where its words stand. */
export interface CommandHelp {
  /** `users sync` */
  name: string
  synopsis: string
  summary: string
  /** Paragraphs. */
  text: string[]
  options: { flag: string; text: string }[]
}

export const JSON_OPTION = { flag: '--json', text: 'prints one JSON value for machines' }

export const DRY_RUN = {
  flag: '--dry-run',
  text: 'shows what would be; nothing is changed; exit status 2 where something would be',
}
