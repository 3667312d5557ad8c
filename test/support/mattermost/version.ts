/** Where releases differ, as far as the recordings show it. */
export interface Version {
  /** Release line, the name of its recording. */
  readonly name: '10.11' | '11.2'
  /** Active users, bots not counted, above which nobody is created or reactivated. */
  readonly userLimit: number
  /** Display name of the bot `system-bot`. */
  readonly systemBotName: string
  /** Members that a channel has besides those of both releases. */
  readonly channelExtras: Readonly<Record<string, unknown>>
  /** When another person last looked at a channel is told (10.11) or hidden as -1 (11.2). */
  readonly hidesChannelTimes: boolean
  /** What hashing a password and joining a team cost, as rounds of PBKDF2-SHA256. */
  readonly cost: { readonly hash: number; readonly join: number }
}

/** A join writes posts in two channels: 26 ms on the host where a hash of 600,000 rounds took 115 ms. */
const JOIN = 135_000

/** The releases that can be stood in for. */
export const VERSIONS: readonly Version[] = [
  {
    name: '11.2',
    userLimit: 250,
    systemBotName: 'System',
    channelExtras: { autotranslation: false, policy_is_active: false },
    hidesChannelTimes: true,
    cost: { hash: 600_000, join: JOIN },
  },
  {
    name: '10.11',
    userLimit: 5000,
    systemBotName: ' ',
    channelExtras: {},
    hidesChannelTimes: false,
    // bcrypt of cost 10: 67 ms on the same host.
    cost: { hash: 350_000, join: JOIN },
  },
]
