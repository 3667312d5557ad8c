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
}

/** The releases that can be stood in for. */
export const VERSIONS: readonly Version[] = [
  {
    name: '11.2',
    userLimit: 250,
    systemBotName: 'System',
    channelExtras: { autotranslation: false, policy_is_active: false },
    hidesChannelTimes: true,
  },
  { name: '10.11', userLimit: 5000, systemBotName: ' ', channelExtras: {}, hidesChannelTimes: false },
]
