/** A virtual host as Apache itself has understood it. */
export interface ListedVhost {
  /** `*:443`, `10.0.0.1:80` … */
  address: string
  /** Its ServerName, or the name of the host where it has none. */
  name: string
  aliases: string[]
  /** The file in which it begins, as it was included. */
  file: string
  line: number
  /** Gets whatever no other virtual host of the address is named for. */
  isDefault: boolean
}

/**
 * Reads what `apache2ctl -t -D DUMP_VHOSTS` prints: a line for an address with one virtual host, else a line for each
 * below `is a NameVirtualHost`, the default one twice.
 */
export function parseListing(text: string): ListedVhost[] {
  const vhosts: ListedVhost[] = []
  let address = ''
  let place = ''
  for (const line of text.split('\n')) {
    const alone = /^(\S+:(?:\d+|\*)) +(\S+) \((.+):(\d+)\)$/.exec(line)
    if (alone !== null) {
      const [, at = '', name = '', file = '', number] = alone
      vhosts.push({ address: at, name, aliases: [], file, line: Number(number), isDefault: true })
      continue
    }
    const several = /^(\S+:(?:\d+|\*)) +is a NameVirtualHost$/.exec(line)
    if (several !== null) address = several[1] ?? ''
    const first = /^ +default server \S+ \((.+:\d+)\)$/.exec(line)
    if (first !== null) place = first[1] ?? ''
    const named = /^ +port \S+ namevhost (\S+) \((.+):(\d+)\)$/.exec(line)
    if (named !== null) {
      const [, name = '', file = '', number] = named
      const isDefault = place === `${file}:${number}`
      vhosts.push({ address, name, aliases: [], file, line: Number(number), isDefault })
    }
    const alias = /^ +(?:wild )?alias (\S+)$/.exec(line)?.[1]
    if (alias !== undefined) vhosts.at(-1)?.aliases.push(alias)
  }
  return vhosts
}

/** The addresses at which `file` would get what belonged to another virtual host's default, with the one that had it. */
export function takenDefaults(
  listing: readonly ListedVhost[],
  file: string,
): { address: string; from: ListedVhost }[] {
  return listing
    .filter(vhost => vhost.isDefault && vhost.file === file)
    .flatMap(({ address }) => {
      const other = listing.find(vhost => vhost.address === address && vhost.file !== file)
      return other === undefined ? [] : [{ address, from: other }]
    })
}
