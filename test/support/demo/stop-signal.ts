const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The wish to end: Ctrl-C, `kill`, a terminal that closes, or a reader that has gone (npm start | head). */
export interface StopSignal {
  /** Resolves when it comes. */
  arrived: Promise<void>
  /** Whether it has come. */
  isThere(): boolean
  /** Signals have their usual effect again. */
  forget(): void
}

/** Listens from now on; a second Ctrl-C while things end changes nothing. */
export function listenForStop(output: NodeJS.WritableStream): StopSignal {
  let there = false
  let tell: () => void = () => undefined
  const arrived = new Promise<void>(resolve => {
    tell = resolve
  })
  const onSignal = () => {
    there = true
    tell()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  output.on('error', onSignal)
  return {
    arrived,
    isThere: () => there,
    forget: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}
