import { z } from 'zod'

/** An action on a service that has to follow a change; kept on disk until it is done. */
export const pendingActionSchema = z.strictObject({
  verb: z.enum(['enable', 'disable', 'start', 'stop', 'restart', 'reload', 'api-reload']),
  unit: z.string(),
  causes: z.array(z.string()),
  /** The service manager has accepted it once: what is left is to see that it came to be. */
  issued: z.boolean(),
})

export type PendingAction = z.infer<typeof pendingActionSchema>

/** `restart mattermost.service: mattermost.ListenPort 8065 → 8066` */
export function actionText({ verb, unit, causes }: Pick<PendingAction, 'verb' | 'unit' | 'causes'>): string {
  return `${verb} ${unit}${causesText(causes)}`
}

/** A first start has dozens, and a line is to be read; the changes themselves stand in plan and history. */
const MOST = 4

/** `: mattermost.ListenPort 8065 → 8066`, the first ones of many; nothing for none. */
export function causesText(causes: readonly string[]): string {
  if (causes.length === 0) return ''
  const shown = causes.length > MOST ? causes.slice(0, MOST - 1) : causes
  const more = causes.length - shown.length
  return `: ${shown.join('; ')}${more === 0 ? '' : `; and ${more} more`}`
}
