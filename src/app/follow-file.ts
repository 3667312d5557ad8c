import { type FileWatch, watchFile } from '../system/watch.js'
import type { App } from './app.js'

/** An export is written in one go, but by programs that we do not know: a longer quiet time than the DB's. */
const QUIET_MS = 200
const MAX_WAIT_MS = 2_000

/** Watches the LDIF file where the provider is one; `follow` looks whether the settings name another by now. */
export function followFile(
  house: Pick<App, 'source' | 'provider'>,
  changed: () => void,
  failed: (error: unknown) => void,
): { follow(): void; close(): Promise<void> } {
  let watched: string | undefined
  let watch: FileWatch | undefined
  let closed = false
  async function look(): Promise<void> {
    const file = await watchedFile(house)
    if (file === watched || closed) return
    watched = file
    await watch?.close()
    watch =
      file === undefined
        ? undefined
        : watchFile(file, {
            debounceMs: () => QUIET_MS,
            maxWaitMs: () => MAX_WAIT_MS,
            onChange: changed,
            onError: failed,
          })
  }
  return {
    follow: () => {
      look().catch(failed)
    },
    close: async () => {
      closed = true
      await watch?.close()
    },
  }
}

/** undefined where there is no such file, or the settings name no provider that can be used: the stories say that. */
async function watchedFile({
  source,
  provider,
}: Pick<App, 'source' | 'provider'>): Promise<string | undefined> {
  try {
    return provider(await source.current()).watchedFile
  } catch {
    return undefined
  }
}
